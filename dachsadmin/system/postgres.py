"""PostgreSQL: the only place that speaks with a server. It changes nothing, but in a `changing` transaction."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dachsadmin.errors import ConfigurationError, EnvironmentFault
from dachsadmin.model.database import Obscore, Problem, Record, TableColumn, TableFacts, Tried
from dachsadmin.system import metatables
from dachsadmin.system.dbprofile import Profile, read_profile
from dachsadmin.system.gavorc import GavoRc
from dachsadmin.system.tablefacts import table_facts

if TYPE_CHECKING:
    import psycopg

CONNECT_TIMEOUT = 5
"""Seconds; a server that takes longer to answer is taken for dead."""

_GUARDS = {"default_transaction_read_only": "on", "statement_timeout": "30s", "lock_timeout": "2s",
           "idle_in_transaction_session_timeout": "60s", "application_name": "dachsadmin"}


_TRIAL, _TRIAL_WAIT = "SELECT * FROM (", "200ms"
_NO_PSYCOPG = ("psycopg 3 or its library libpq is missing", "run 'apt-get install python3-psycopg libpq5'")
_META_TABLES = ("authors", "discrete_string_values", "groups", "interfaces", "metastore", "rdmeta", "res_dependencies",
                "resources", "schemas", "sets", "simple_col_stats", "subjects", "supportedmodels", "tablemeta", "tables",
                "columns")
_CONTENT = "SELECT count(*), sum(hashtextextended(t::text, 0)::numeric) FROM {table} t"
_CATALOGUE = """
SELECT count(*), sum(hashtextextended(concat_ws(' ', c.oid, c.relname, c.relkind, n.nspname, a.attnum, a.attname, a.atttypid,
  a.atttypmod, a.attnotnull, a.attstattarget), 0)::numeric),
  (SELECT concat(count(*), ' ', max(xmin::text::bigint)) FROM pg_proc), current_setting('server_version')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'"""


class DatabaseUnreachable(EnvironmentFault):
    """No server answers, or it does not let us in."""


@dataclass(frozen=True)
class ServerFacts:
    """What the server is: version text (`15.18`), extensions with versions, the role that asked."""

    version: str
    extensions: Mapping[str, str]
    role: str
    superuser: bool


class LiveDatabase:
    """A DaCHS database on a running server. It connects when it is first asked, anew in each process.

    `scratch` says that it is a throw-away one, where the tables of the service tree were never imported.
    """

    def __init__(self, profile: Profile, *, scratch: bool = False) -> None:
        self.profile = profile
        self.scratch = scratch
        self._connection: psycopg.Connection[Any] | None = None
        self._process = 0
        self._tables: dict[str, TableFacts | None] = {}
        self._schemas: frozenset[str] | None = None
        self._types: dict[int, str] = {}

    def __str__(self) -> str:
        return "scratch" if self.scratch else str(self.profile)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_connection": None, "_process": 0}

    @property
    def connection(self) -> psycopg.Connection[Any]:
        """A guarded connection: read-only transactions, time-outs, autocommit."""
        if self._connection is None or self._connection.closed or self._process != os.getpid():
            self._connection, self._process = connect(self.profile), os.getpid()
        return self._connection

    def close(self) -> None:
        if self._connection is not None and self._process == os.getpid():
            self._connection.close()
        self._connection = None

    def rows(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query. Raises DatabaseUnreachable if the server went away, DatabaseLacks if it refuses."""
        import psycopg

        for attempt in (1, 2):
            try:
                return self.connection.execute(statement, parameters or None).fetchall()
            except psycopg.OperationalError as error:
                if attempt == 2 or (self._connection is not None and not self._connection.closed):
                    raise DatabaseUnreachable(f"the database {self} does not answer: {_first_line(error)}",
                                              "look into the server's log, and run again") from None
            except psycopg.Error as error:
                raise DatabaseLacks(self, error) from None
        raise AssertionError("unreachable")

    def scalar(self, statement: str, parameters: Sequence[Any] = ()) -> Any:
        """The first value of the first row, None if there is no row."""
        found = self.rows(statement, parameters)
        return found[0][0] if found else None

    def facts(self) -> ServerFacts:
        version, role, superuser = self.rows(
            "SELECT split_part(current_setting('server_version'), ' ', 1), current_user,"
            " current_setting('is_superuser') = 'on'")[0]
        extensions = self.rows("SELECT extname, extversion FROM pg_extension ORDER BY 1")
        return ServerFacts(version, {name: number for name, number in extensions}, role, superuser)

    def published(self) -> list[str]:
        """The ids of the published RDs, as `dachs val ALL` means them."""
        return [rd for rd, in self.rows("SELECT DISTINCT sourcerd FROM dc.resources WHERE NOT deleted ORDER BY 1")]

    def fingerprint(self) -> str:
        """Changes with everything in the database that can change a verdict: DaCHS's own tables, and the catalogue.

        The tables are those that registry records are made from; rows are hashed by the server, whatever their order.
        """
        marks = [str(self.rows(_CATALOGUE))]
        for name, in self.rows("SELECT format('%%I.%%I', schemaname, tablename) FROM pg_tables WHERE schemaname IN"
                               " ('dc', 'tap_schema') AND tablename = ANY(%s) AND has_table_privilege("
                               "format('%%I.%%I', schemaname, tablename), 'SELECT') ORDER BY 1", (list(_META_TABLES),)):
            marks.append(f"{name} {self.rows(_CONTENT.format(table=name))}")
        return hashlib.sha256("\n".join(marks).encode()).hexdigest()

    def records(self) -> tuple[Record, ...]:
        """What DaCHS noted about tables and published resources, whether or not they are still there."""
        return metatables.records(self)

    def obscore(self) -> Obscore | None:
        """The state of ivoa.obscore; None if //obscore was never imported."""
        return metatables.obscore(self)

    def statistics(self, table: str) -> frozenset[str] | None:
        """The columns (in lower case) of a table that `dachs limits` has looked at; None if this DaCHS does not."""
        return metatables.statistics(self, table)

    def prepare(self, statement: str, stubs: Mapping[str, Sequence[tuple[str, str]]]) -> Problem | None:
        """Have the server parse and analyse one statement, and execute nothing. None means that it is right.

        `stubs` are tables that may not be there yet: {name: [(column, type), ...]}; they exist as `pg_temp.NAME` while
        the statement is analysed. Analysis looks at queries (SELECT, INSERT, UPDATE, DELETE, MERGE); of other commands
        it sees the syntax only. All that happens is rolled back.
        """
        import psycopg

        if "\0" in statement:
            return Problem("22021", "the statement has a NUL character", statement.index("\0"))
        self.rows("SELECT 1")  # so that a connection which has died meanwhile is made anew
        connection = self.connection
        connection.execute("BEGIN READ WRITE" if stubs else "BEGIN READ ONLY")
        stub = ""
        try:
            for stub, columns in stubs.items():
                _make_stub(connection, stub, columns)
            stub = ""
            connection.execute("SET TRANSACTION READ ONLY")
            # A Parse message, not SQL's PREPARE: it takes every command, exactly one, and never runs it.
            result = connection.pgconn.prepare(b"", statement.encode("utf-8", "replace"))
            return _problem(result)
        except psycopg.Error as error:
            if connection.closed:
                raise DatabaseUnreachable(f"the database {self} went away: {_first_line(error)}") from None
            return Problem(error.sqlstate or "XX000", _first_line(error), stub=stub)
        finally:
            if not connection.closed:
                connection.execute("ROLLBACK")

    def try_out(self, query: str) -> Tried:
        """Have the server plan a query and begin with it, but fetch no row. All that happens is rolled back.

        A lock that somebody holds is waited for `_TRIAL_WAIT` only; then the problem's kind is `unavailable`.
        """
        import psycopg

        self.rows("SELECT 1")  # so that a connection which has died meanwhile is made anew
        connection = self.connection
        connection.execute("BEGIN READ ONLY")
        try:
            connection.execute(f"SET LOCAL lock_timeout = '{_TRIAL_WAIT}'")
            described = connection.execute(f"{_TRIAL}{query}) AS tried LIMIT 0").description or []
            return Tried(tuple(TableColumn(column.name, self._type(column.type_code)) for column in described))
        except psycopg.Error as error:
            if connection.closed:
                raise DatabaseUnreachable(f"the database {self} went away: {_first_line(error)}") from None
            position = error.diag.statement_position
            return Tried(problem=Problem(error.sqlstate or "XX000", error.diag.message_primary or _first_line(error),
                                         int(position) - len(_TRIAL) - 1 if position else None))
        finally:
            if not connection.closed:
                connection.execute("ROLLBACK")

    def _type(self, oid: int) -> str:
        if oid not in self._types:
            found = self.connection.execute("SELECT format_type(%s, NULL)", (oid,)).fetchone()
            assert found is not None
            self._types[oid] = found[0]
        return self._types[oid]

    def table(self, name: str) -> TableFacts | None:
        """What the server has under `schema.table` (in whatever case), None if nothing."""
        name = name.lower()
        if name not in self._tables:
            self._tables[name] = table_facts(self, name)
        return self._tables[name]

    def schemas(self) -> frozenset[str]:
        """The schemas (in lower case) that have tables."""
        if self._schemas is None:
            self._schemas = frozenset(schema for schema, in self.rows(
                "SELECT DISTINCT lower(n.nspname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                " WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')"))
        return self._schemas


class DatabaseLacks(EnvironmentFault):
    """The server refuses a query of ours: something that `dachs init` makes is missing, or the role may not see it."""

    def __init__(self, database: LiveDatabase, error: Exception) -> None:
        self.reason = _first_line(error)
        super().__init__(f"the database {database} is none that DaCHS has set up: {self.reason}",
                         "set it up with 'dachs init', or validate on a throw-away one with --scratch")
        self.sqlstate = getattr(error, "sqlstate", None) or ""


def connect(profile: Profile) -> psycopg.Connection[Any]:
    """A guarded connection in autocommit mode. Raises DatabaseUnreachable with the way out."""
    try:
        import psycopg
    except ImportError:
        raise EnvironmentFault(*_NO_PSYCOPG) from None
    try:
        arguments: dict[str, Any] = {**profile.arguments, "connect_timeout": CONNECT_TIMEOUT}
        connection: psycopg.Connection[Any] = psycopg.connect("", autocommit=True, **arguments)
        settings = ", ".join("set_config(%s, %s, false)" for _ in _GUARDS)
        connection.execute(f"SELECT {settings}", [word for setting in _GUARDS.items() for word in setting])
    except (psycopg.Error, UnicodeEncodeError) as error:
        raise _unreachable(profile, error) from None
    return connection


class Busy(EnvironmentFault):
    """Somebody else holds a lock that a change needs, and the time that it may wait for it is over."""


class DatabaseRefuses(EnvironmentFault):
    """The server does not take a statement of a change."""

    def __init__(self, database: str, error: Exception) -> None:
        super().__init__(f"the database {database} refuses: {_first_line(error)}")
        self.sqlstate = getattr(error, "sqlstate", None) or ""


class Change:
    """A transaction that may change the database."""

    def __init__(self, connection: psycopg.Connection[Any], database: str) -> None:
        self._connection = connection
        self._database = database

    def rows(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a statement; the rows of a query. Raises Busy, DatabaseRefuses or DatabaseUnreachable."""
        import psycopg

        try:
            done = self._connection.execute(statement, parameters or None)
            return done.fetchall() if done.description else []
        except psycopg.errors.LockNotAvailable as error:
            raise Busy(f"the database {self._database} is busy: {_first_line(error)}") from None
        except psycopg.Error as error:
            if self._connection.closed:
                raise DatabaseUnreachable(f"the database {self._database} went away: {_first_line(error)}",
                                          "look into the server's log") from None
            raise DatabaseRefuses(self._database, error) from None


@contextmanager
def changing(profile: Profile, *, lock_timeout: str, statement_timeout: str = "0") -> Iterator[Change]:
    """A transaction that is committed at the end of the with statement; after an exception, nothing has happened.

    A statement waits `lock_timeout` for each lock: whoever asks for the same after it waits for it, too.
    """
    connection = connect(profile)
    try:
        connection.execute("BEGIN READ WRITE")
        change = Change(connection, str(profile))
        change.rows("SELECT set_config('lock_timeout', %s, true), set_config('statement_timeout', %s, true)",
                    (lock_timeout, statement_timeout))
        yield change
        change.rows("COMMIT")
    finally:
        connection.close()


@contextmanager
def snapshot(profile: Profile) -> Iterator[str]:
    """The name of a view of the database at one moment, for as long as the with statement lasts; `pg_dump --snapshot`
    takes it."""
    connection = connect(profile)
    try:
        connection.execute("SET idle_in_transaction_session_timeout = 0")
        connection.execute("SET statement_timeout = 0")
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield Change(connection, str(profile)).rows("SELECT pg_export_snapshot()")[0][0]
    finally:
        connection.close()


def _unreachable(profile: Profile, error: Exception) -> DatabaseUnreachable:
    reason = _first_line(error)
    if "authentication failed" in reason or "no password supplied" in reason:
        hint = f"compare the password in {profile.file or 'the profile'} with the role's: ALTER ROLE ... PASSWORD"
    elif "does not exist" in reason:
        hint = "set DaCHS's database up with 'dachs init'"
    elif profile.is_local:
        hint = "start it with 'systemctl start postgresql', or validate on a throw-away one with --scratch"
    else:
        hint = f"try 'pg_isready -h {profile.host}', or validate on a throw-away database with --scratch"
    return DatabaseUnreachable(f"no PostgreSQL server answers for the database {profile}: {reason}", hint)


def _first_line(error: Exception) -> str:
    text = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
    return re.sub(r"^(connection failed: )?(connection to server .*? failed: )?((FATAL|ERROR):\s+)?", "", text)


def _problem(result: Any) -> Problem | None:
    from psycopg.pq import DiagnosticField, ExecStatus

    if result.status == ExecStatus.COMMAND_OK:
        return None

    def said(item: DiagnosticField) -> str:
        return (result.error_field(item) or b"").decode("utf-8", "replace")

    position = said(DiagnosticField.STATEMENT_POSITION)
    return Problem(said(DiagnosticField.SQLSTATE), said(DiagnosticField.MESSAGE_PRIMARY),
                   int(position) - 1 if position else None)


def _make_stub(connection: psycopg.Connection[Any], name: str, columns: Sequence[tuple[str, str]]) -> None:
    """An empty temporary table. Types pass through the server's own reading of types, so they can be nothing else."""
    from psycopg import sql

    parts = []
    for column, kind in columns:
        regular = connection.execute("SELECT format_type(%s::regtype, NULL)", (kind,)).fetchone()
        assert regular is not None
        parts.append(sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(regular[0])))
    connection.execute(sql.SQL("CREATE TEMPORARY TABLE {} ({})").format(
        sql.Identifier(name), sql.SQL(", ").join(parts)))


def from_dsn(dsn: str) -> LiveDatabase:
    """The database that a connection string of libpq names (`postgresql://...` or `host=... dbname=...`).

    Raises ConfigurationError if it is none; what it says is not repeated, as passwords stand in it.
    """
    try:
        import psycopg
        from psycopg.conninfo import conninfo_to_dict
    except ImportError:
        raise EnvironmentFault(*_NO_PSYCOPG) from None
    try:
        given = {name: str(value) for name, value in conninfo_to_dict(dsn).items() if value is not None}
    except psycopg.Error:
        raise ConfigurationError("the connection string is none that PostgreSQL understands",
                                 "write it as postgresql://USER@HOST:5432/DATABASE, and the password into ~/.pgpass") from None
    known = {"dbname": "database", "host": "host", "port": "port", "user": "user", "sslmode": "sslmode", "password": "password"}
    others = tuple((name, value) for name, value in given.items() if name not in known and name != "connect_timeout")
    return LiveDatabase(Profile(**{known[name]: value for name, value in given.items() if name in known}, others=others))


def configured(config: GavoRc, profile: str = "trustedquery") -> LiveDatabase:
    """The database that DaCHS is configured for, as a role that may change no table. AdminError if none answers."""
    database = LiveDatabase(read_profile(config, profile))
    database.connection  # noqa: B018 - so that a dead server shows now
    return database


def published_rds(config: GavoRc) -> list[str]:
    """The published RDs of this installation: what ALL means. Raises AdminError if the database cannot say."""
    database = configured(config)
    try:
        return database.published()
    finally:
        database.close()

