"""Whole databases: how their server is administered, what they are besides their content, made, renamed and dropped."""

from __future__ import annotations

import json
import pwd
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from dachsadmin.errors import EnvironmentFault, PartlyDone
from dachsadmin.system import gavorc
from dachsadmin.system.command import CommandFailed, Completed, Sink, command_line
from dachsadmin.system.dbprofile import Profile, read_profile
from dachsadmin.system.host import Host

ADMINISTRATOR = "postgres"
_OPTIONS = ("-c lock_timeout=10s -c statement_timeout=0 -c idle_in_transaction_session_timeout=0"
            " -c default_transaction_read_only=off")
"""A database may have other settings, which are right for queries. pg_dump and pg_restore see to locks themselves."""
PSQL = ("-Xq", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=terse")
"""Options with which psql stops at the first error, and tells it in one line."""
_LONGEST_NAME = 63
_ATTEMPTS, _PAUSE = 4, 0.5
_LISTS = ("local_preload_libraries", "search_path", "session_preload_libraries", "shared_preload_libraries",
          "temp_tablespaces", "unix_socket_directories")
"""Settings whose values are lists of names, already quoted one by one in the catalogue (GUC_LIST_QUOTE)."""

_PROPERTIES = """
SELECT json_build_object('bytes', pg_database_size(d.oid), 'owner', pg_get_userbyid(d.datdba),
  'encoding', pg_encoding_to_char(d.encoding), 'collate', d.datcollate, 'ctype', d.datctype,
  'provider', coalesce(to_jsonb(d) ->> 'datlocprovider', 'c'),
  'locale', coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale'),
  'icu_rules', to_jsonb(d) ->> 'daticurules',
  'tablespace', (SELECT spcname FROM pg_tablespace s WHERE s.oid = d.dattablespace),
  'connections', d.datconnlimit, 'template', d.datistemplate, 'comment', shobj_description(d.oid, 'pg_database'),
  'privileges', CASE WHEN d.datacl IS NOT NULL THEN (SELECT coalesce(json_agg(json_build_array(
      pg_get_userbyid(a.grantor), nullif(a.grantee, 0)::oid::regrole::text, a.privilege_type, a.is_grantable)),
      '[]') FROM aclexplode(d.datacl) a) END,
  'settings', (SELECT coalesce(json_agg(json_build_array(nullif(s.setrole, 0)::oid::regrole::text, word) ORDER BY s.setrole, n),
      '[]') FROM pg_db_role_setting s, unnest(s.setconfig) WITH ORDINALITY u (word, n) WHERE s.setdatabase = d.oid))
FROM pg_database d WHERE d.datname = {database}"""
"""Roles are written as identifiers, as GRANT wants them."""


@dataclass(frozen=True)
class Server:
    """How a server is reached by somebody who may do everything there: `role`, which `user` of the operating system may be.

    `profile` is DaCHS's own. Without a user PostgreSQL's programs connect as it does, with what rights that role has.
    """

    profile: Profile
    user: str = ADMINISTRATOR
    role: str = ADMINISTRATOR

    @property
    def database(self) -> str:
        return self.profile.database

    def run(self, host: Host, program: str, *arguments: str, database: str | None = None, stdin: bytes | BinaryIO = b"",
            sink: Sink | None = None) -> Completed:
        """Run a program of PostgreSQL's on a database, on DaCHS's if none is named."""
        at = self.profile if not self.user else Profile(
            host=self.profile.host if self.profile.host.startswith("/") else "", port=self.profile.port, user=self.role)
        options = [word for option, value in (("-h", at.host), ("-p", at.port), ("-U", at.user)) if value
                   for word in (option, value)]
        secrets = {"PGPASSWORD": at.password, "PGSSLMODE": at.sslmode}
        argv = (program, *arguments, *options, "-d", _named(database or self.database))
        env = {"PGOPTIONS": _OPTIONS, "PGCLIENTENCODING": "UTF8", **{name: value for name, value in secrets.items() if value}}
        try:
            return host.run(argv, user=self.user or None, stdin=stdin, sink=sink, env=env)
        except CommandFailed as error:
            cause = re.search(r"(?m)^.*\b(error|ERROR|FATAL):.*", error.completed.stderr)
            told = replace(error.completed, stderr=cause[0]) if cause else error.completed
            raise CommandFailed(told, command_line(argv, user=self.user or None)) from None

    def change(self, host: Host, *statements: str, database: str = "", script: bytes | BinaryIO = b"") -> None:
        """Run statements, and a script after them, all or none of it; outside of DaCHS's database if none is named."""
        told = [word for statement in statements for word in ("-c", statement)] + (["-f", "-"] if script else [])
        self.run(host, "psql", *PSQL, *(["-1"] if len(told) > 2 else []), *told, database=database or self._elsewhere,
                 stdin=script)

    def ask(self, host: Host, *statements: str, database: str = "") -> Any:
        """The one JSON value that statements yield which change nothing, None if they yield nothing."""
        with host.announcing(lambda line: None):
            told = self.run(host, "psql", *PSQL, "-At", "-1", "-f", "-", database=database or self._elsewhere,
                            stdin="".join(f"{statement};\n" for statement in statements).encode()).stdout.strip()
        return json.loads(told) if told else None

    def exists(self, host: Host, database: str) -> bool:
        return self.ask(host, f"SELECT 1 FROM pg_database WHERE datname = {literal(database)}") is not None

    @property
    def _elsewhere(self) -> str:
        """A database to be in while others are made, renamed and dropped."""
        return "postgres" if self.database != "postgres" else "template1"


def administrator(rc: str) -> str:
    """The user of this machine who may do everything to the database server, `` if there is none here."""
    try:
        here = pwd.getpwnam(ADMINISTRATOR)
    except KeyError:
        return ""
    return here.pw_name if server_of(rc).profile.is_local else ""


def server_of(rc: str, user: str = ADMINISTRATOR, role: str = ADMINISTRATOR) -> Server:
    """The server of the installation with this gavo.rc."""
    return Server(read_profile(gavorc.read({"GAVOSETTINGS": rc}), "feed"), user, role)


def beside(database: str, word: str) -> str:
    """The name of a database that belongs to another; PostgreSQL would cut off, unasked, what is longer than 63 bytes."""
    room = _LONGEST_NAME - len(f"_{word}".encode())
    return f"{database.encode()[:room].decode(errors='ignore')}_{word}"


def identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A string constant, whatever standard_conforming_strings says."""
    return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def properties(host: Host, server: Server, database: str) -> dict[str, Any]:
    """What a database is besides its content, which pg_restore puts on under the database's own name only."""
    found = server.ask(host, _PROPERTIES.format(database=literal(database)))
    if found is None:
        raise EnvironmentFault(f"there is no database {database}", "run 'psql -l' to see which there are")
    return dict(found)


def create_like(host: Host, server: Server, of: Mapping[str, Any], name: str) -> None:
    """Make an empty database with the encoding, locale, owner and tablespace of another."""
    words = [f"CREATE DATABASE {identifier(name)} TEMPLATE template0 OWNER {identifier(of['owner'])}",
             f"ENCODING {literal(of['encoding'])} TABLESPACE {identifier(of['tablespace'])}",
             f"LC_COLLATE {literal(of['collate'])} LC_CTYPE {literal(of['ctype'])}"]
    provider = {"i": "icu", "b": "builtin"}.get(of["provider"])
    if provider:
        words.append(f"LOCALE_PROVIDER {provider} {provider}_LOCALE {literal(of['locale'])}")
    if of["icu_rules"]:
        words.append(f"ICU_RULES {literal(of['icu_rules'])}")
    server.change(host, " ".join(words))


def put_on(host: Host, server: Server, of: Mapping[str, Any], name: str) -> None:
    """Give a database the privileges, settings, limit and comment that are in the properties of another."""
    script = ["BEGIN", *_grants(of, identifier(name)), *_settings(of, identifier(name)),
              f"ALTER DATABASE {identifier(name)} CONNECTION LIMIT {int(of['connections'])}"
              f" IS_TEMPLATE {bool(of['template'])}",
              f"COMMENT ON DATABASE {identifier(name)} IS "
              + ("NULL" if of["comment"] is None else literal(of["comment"])), "COMMIT"]
    server.change(host, script="".join(f"{statement};\n" for statement in script).encode())


def _grants(of: Mapping[str, Any], database: str) -> list[str]:
    if of["privileges"] is None:
        return []
    owner = identifier(of["owner"])
    found = [f"REVOKE ALL ON DATABASE {database} FROM PUBLIC", f"REVOKE ALL ON DATABASE {database} FROM {owner}"]
    for grantor, role, privilege, grantable in of["privileges"]:
        found += [f"SET SESSION AUTHORIZATION {identifier(grantor)}",
                  f"GRANT {privilege} ON DATABASE {database} TO {role or 'PUBLIC'}{' WITH GRANT OPTION' * grantable}",
                  "RESET SESSION AUTHORIZATION"]
    return found


def _settings(of: Mapping[str, Any], database: str) -> list[str]:
    found = []
    for role, setting in of["settings"]:
        name, _, value = setting.partition("=")
        whose = f"ALTER ROLE {role} IN DATABASE {database}" if role else f"ALTER DATABASE {database}"
        name_in_sql = ".".join(map(identifier, name.split(".")))
        if name in _LISTS:
            found += [f"SELECT set_config({literal(name)}, {literal(value)}, false)", f"{whose} SET {name_in_sql} FROM CURRENT"]
        else:
            found.append(f"{whose} SET {name_in_sql} TO {literal(value)}")
    return found


def drop(host: Host, server: Server, name: str) -> None:
    """Drop a database if it is there, whoever is connected with it."""
    server.change(host, f"DROP DATABASE IF EXISTS {identifier(name)} WITH (FORCE)")


def rename(host: Host, server: Server, names: Sequence[tuple[str, str]]) -> None:
    """Rename databases, all or none of them. Whoever is connected with one is thrown out; who comes meanwhile waits.

    RENAME keeps newcomers out by a lock, and waits up to 5 s for those who are leaving (PostgreSQL 15, measured).
    Raises PartlyDone, naming who is in the way, if somebody stays.
    """
    old = ", ".join(literal(name) for name, _ in names)
    thrown_out = f"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname IN ({old})"
    moves = [f"ALTER DATABASE {identifier(name)} RENAME TO {identifier(new)}" for name, new in names]
    for attempt in range(_ATTEMPTS):
        try:
            server.change(host, thrown_out, *moves)
            return
        except CommandFailed as error:
            if attempt == _ATTEMPTS - 1:
                _tell_who_stays(host, server, old)
                raise error
        time.sleep(_PAUSE)


def _tell_who_stays(host: Host, server: Server, names: str) -> None:
    who = server.ask(host, "SELECT json_build_array(pid, usename, application_name) FROM pg_stat_activity"
                            f" WHERE datname IN ({names}) ORDER BY backend_start LIMIT 1")
    if who:
        raise PartlyDone(f"process {who[0]} of {who[1]} ({who[2] or 'nameless'}) stays connected with the database",
                         "stop what it belongs to ('dachs serve stop', cron jobs), and run it again")


def _named(database: str) -> str:
    """A database as `-d` takes it; pg_dumpall takes no bare name, and others read = in one as a connection string."""
    plain = re.fullmatch(r"[\w.-]+", database)
    return "dbname=" + (database if plain else "'" + database.replace("\\", "\\\\").replace("'", "\\'") + "'")
