"""Dumps: a database or parts of it written into files, read back, and compared with what they were made of."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import Any

from dachsadmin.errors import EnvironmentFault
from dachsadmin.system.databases import Server, identifier, literal
from dachsadmin.system.host import Host

SYSTEM = ("dc", "tap_schema", "ivoa")
"""The schemas of DaCHS's own tables."""

_LOCK_WAIT = 60_000
"""Milliseconds; an import that has a table locked may take hours."""
_MOMENT = 10_000_000
"""Bytes after which it is told how far a dump is."""
_SAME_TEXT = ("SET extra_float_digits = 1", "SET DateStyle = 'ISO, YMD'", "SET IntervalStyle = 'postgres'",
              "SET TimeZone = 'UTC'", "SET bytea_output = 'hex'", "SET search_path = ''")
"""Without these, rows would read otherwise for roles with other settings."""
_RELATIONS = """
SELECT coalesce(json_agg(json_build_array(n.nspname, c.relname, c.relkind) ORDER BY n.nspname, c.relname), '[]')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')"""
_ROWS = """
SELECT coalesce(json_object_agg(name, (xpath('/row/n/text()', query_to_xml(
  'SELECT concat(count(*), '' '', sum(hashtextextended(t::text, 0)::numeric)) AS n FROM ONLY ' || name || ' t', false, true, ''))
  )[1]::text), '{{}}') FROM (SELECT format('%I.%I', n.nspname, c.relname) AS name
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'r' AND (n.nspname IN ({schemas}) OR n.nspname || '.' || c.relname IN ({tables}))
  AND has_table_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE')) q"""

_OUTSIDE = """
SELECT q.class, q.oid, pg_describe_object(q.class, q.oid, 0) AS name FROM (
  SELECT 'pg_class'::regclass::oid AS class, oid, relnamespace AS place FROM pg_class
  UNION ALL SELECT 'pg_proc'::regclass, oid, pronamespace FROM pg_proc
  UNION ALL SELECT 'pg_type'::regclass, oid, typnamespace FROM pg_type
  UNION ALL SELECT 'pg_constraint'::regclass, oid, connamespace FROM pg_constraint
  UNION ALL SELECT 'pg_rewrite'::regclass, r.oid, relnamespace FROM pg_rewrite r JOIN pg_class c ON c.oid = ev_class
  UNION ALL SELECT 'pg_attrdef'::regclass, a.oid, relnamespace FROM pg_attrdef a JOIN pg_class c ON c.oid = adrelid) q
JOIN pg_namespace n ON n.oid = q.place WHERE q.oid >= 16384 AND n.nspname !~ '^pg_' AND n.nspname NOT IN ({schemas})"""
_RULES = """
SELECT DISTINCT r.oid, pg_get_ruledef(r.oid) AS made FROM pg_rewrite r
JOIN pg_class t ON t.oid = r.ev_class JOIN pg_namespace n ON n.oid = t.relnamespace
JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
JOIN pg_class f ON f.oid = d.refobjid JOIN pg_namespace m ON m.oid = f.relnamespace
WHERE r.rulename <> '_RETURN' AND n.nspname NOT IN ({schemas}) AND m.nspname IN ({schemas})"""
_RULES_AGAIN = b"""
DO $$ DECLARE made text; BEGIN FOR made IN SELECT r.made FROM rules r ORDER BY oid LOOP EXECUTE made; END LOOP; END $$;
"""
"""DaCHS gives each table with products a rule that deletes from dc.products (2.7, //products)."""
_NOTHING_ELSE_GONE = """
DO $$ DECLARE gone text; BEGIN
  SELECT name INTO gone FROM outside o WHERE NOT EXISTS (SELECT FROM ({outside}) q WHERE q.class = o.class AND q.oid = o.oid)
    AND NOT (class = 'pg_rewrite'::regclass AND oid IN (SELECT r.oid FROM rules r)) ORDER BY class <> 'pg_class'::regclass LIMIT 1;
  IF gone IS NOT NULL THEN
    RAISE EXCEPTION '% is made of tables of DaCHS, and would be lost: drop it, and make it anew', gone;
  END IF;
END $$"""


def version(host: Host, server: Server) -> int:
    """The major version of the pg_dump that is used for a server: Debian has one for each version that is installed."""
    told = re.search(r"\(PostgreSQL\) (\d+)", server.run(host, "pg_dump", "--version").stdout)
    if told is None:
        raise EnvironmentFault("pg_dump does not tell its version", "run 'pg_dump --version'")
    return int(told[1])


def dump(host: Host, server: Server, file: str, *what: str) -> None:
    """Write a dump that pg_restore reads; it has its name only when it is complete. `what` are options of pg_dump."""
    with host.writing(file, mode=0o600) as stream:
        def sink(part: bytes) -> None:
            before = stream.tell() // _MOMENT
            stream.write(part)
            if stream.tell() // _MOMENT > before:
                host.progress(f"{os.path.basename(file)}: {stream.tell() // 1_000_000} MB", 0, 0)

        server.run(host, "pg_dump", "-Fc", f"--lock-wait-timeout={_LOCK_WAIT}", *what, sink=sink)


def of_schemas(schemas: Sequence[str]) -> tuple[str, ...]:
    """The options of pg_dump for schemas."""
    return tuple(word for name in schemas for word in ("-n", identifier(name)))


def of_tables(tables: Sequence[str]) -> tuple[str, ...]:
    """The options of pg_dump for the rows of tables `schema.table`, all of which have to be there."""
    return ("--strict-names", "--data-only", *(word for name in tables for word in ("-t", quoted(name))))


def quoted(table: str) -> str:
    """A table `schema.table` as identifiers."""
    return ".".join(map(identifier, table.split(".", 1)))


def dump_roles(host: Host, server: Server, file: str) -> None:
    """Write the roles and tablespaces of a server; without passwords where we may not read those."""
    may = server.ask(host, "SELECT to_json(rolsuper) FROM pg_roles WHERE rolname = current_user")
    with host.writing(file, mode=0o600) as stream:
        server.run(host, "pg_dumpall", "--globals-only", *([] if may else ["--no-role-passwords"]), sink=stream.write)


def demand_readable(host: Host, file: str) -> None:
    """Raise EnvironmentFault unless pg_restore knows what is in a dump."""
    host.run(["pg_restore", "--list", host.real(file)], timeout=600)


def restore(host: Host, server: Server, file: str, database: str) -> None:
    """Read a dump into an empty database, and make the statistics that queries are planned by."""
    with host.reading(file) as stream:
        server.run(host, "pg_restore", "--exit-on-error", database=database, stdin=stream)
    server.change(host, "ANALYZE", database=database)


def replace_system(host: Host, server: Server, files: Sequence[str], tables: Sequence[str], script: str) -> None:
    """Drop DaCHS's own schemas, empty `tables`, and make and fill them from dumps: all of it, or nothing.

    Everybody else is thrown out of the database before, so that nobody has locks. Raises CommandFailed, naming it, if
    anything outside of these schemas would go with them; rules of tables are made anew. `script` is a file to work with.
    """
    with host.writing(script, mode=0o600) as stream:
        for file in files:
            with host.reading(file) as dumped:
                host.run(["pg_restore", "--disable-triggers", "-f", "-"], stdin=dumped, sink=stream.write)
        stream.write(_RULES_AGAIN)
    names = ", ".join(map(literal, SYSTEM))
    outside = _OUTSIDE.format(schemas=names)
    before = ["SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
              " WHERE datname = current_database() AND pid <> pg_backend_pid()",
              "SET search_path = ''",
              f"CREATE TEMPORARY TABLE rules ON COMMIT DROP AS {_RULES.format(schemas=names)}",
              f"CREATE TEMPORARY TABLE outside ON COMMIT DROP AS {outside}",
              f"DROP SCHEMA IF EXISTS {', '.join(SYSTEM)} CASCADE",
              _NOTHING_ELSE_GONE.format(outside=outside)]
    if tables:
        before.append(f"TRUNCATE {', '.join(map(quoted, tables))}")
    with host.reading(script) as stream:
        server.change(host, *before, script=stream, database=server.database)
    server.change(host, "ANALYZE", database=server.database)


def content(host: Host, server: Server, tables: Sequence[str] = (), *, database: str = "", snapshot: str = "") -> dict[str, Any]:
    """What is in a database, to tell whether another has the same.

    `relations` are all tables, views and sequences but those of extensions; `rows` are a count and a digest of the rows of
    DaCHS's own tables and of `tables`. With `snapshot`, as it was at that moment.
    """
    rows = _ROWS.format(schemas=", ".join(map(literal, SYSTEM)), tables=", ".join(map(literal, tables or [""])))
    moment = ["SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", f"SET TRANSACTION SNAPSHOT {literal(snapshot)}"]
    return dict(server.ask(host, *(moment if snapshot else []), *_SAME_TEXT,
                           f"SELECT json_build_object('relations', ({_RELATIONS}), 'rows', ({rows}))",
                           database=database or server.database))


def difference(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """What of `content` one lacks of the other, in words; `` if nothing."""
    there = {(schema, name) for schema, name, _ in found["relations"]}
    missing = [f"{schema}.{name}" for schema, name, _ in wanted["relations"] if (schema, name) not in there]
    other = [name for name, digest in wanted["rows"].items() if found["rows"].get(name) != digest]
    return " and ".join(f"{what} {names[0]}" + (f" (and {len(names) - 1} more)" if len(names) > 1 else "")
                        for what, names in (("it lacks", missing), ("other rows are in", other)) if names)
