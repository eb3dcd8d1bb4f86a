"""A survey of a table that is in a PostgreSQL database already."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from dachsadmin.errors import EnvironmentFault, TargetError
from dachsadmin.model.adql import REGULAR, RESERVED_BY_DACHS
from dachsadmin.model.database import DescribedColumn, DescribedTable
from dachsadmin.start.introspect import column_roles
from dachsadmin.start.introspect.columns import Column, Described, cleaned, described
from dachsadmin.start.introspect.names import RESERVED_BY_POSTGRESQL, proposed
from dachsadmin.start.introspect.tables import undescribed, with_main
from dachsadmin.start.introspect.typed import plain
from dachsadmin.start.survey import Reading, Survey, Value
from dachsadmin.system import foreigntables
from dachsadmin.system.dbprofile import NoProfile
from dachsadmin.system.gavorc import GavoRc, read
from dachsadmin.system.postgres import DatabaseLacks, DatabaseUnreachable, LiveDatabase, configured, from_dsn

_DSN = "--dsn postgresql://USER@HOST/DATABASE"
ROWS = 2000
"""Rows that are looked at."""
MOST_FOR_EXTENTS = 2_000_000
"""Of tables with more rows, extents come from the planner's statistics."""

_TYPES = {"smallint": "smallint", "integer": "integer", "bigint": "bigint", "real": "real", "double precision": "double precision",
          "boolean": "boolean", "text": "text", "date": "date", "timestamp without time zone": "timestamp",
          "timestamp with time zone": "timestamp", "spoint": "spoint", "scircle": "scircle", "spoly": "spoly", "smoc": "smoc"}
_SIMPLE = frozenset({"smallint", "integer", "bigint", "real", "double precision", "boolean", "text", "date", "timestamp"})
_TEXTS = re.compile(r"(?:character varying|character|bpchar|name|citext)(?:\(\d+\))?\Z|\"char\"\Z")
_NUMERIC = re.compile(r"numeric(?:\(\d+,(?P<scale>-?\d+)\))?\Z")
_ARRAY = re.compile(r"(?P<item>smallint|integer|bigint|real|double precision)\[\]\Z")


def survey(name: str, dsn: str = "", config: GavoRc | None = None) -> Survey:
    """Look at the table `schema.table`: in the database of a DSN, else in that which DaCHS is configured for.

    Raises AdminError: DatabaseUnreachable if no server answers, TargetError if there is no such table, or it may not be read.
    """
    database = _connected(dsn, config)
    try:
        table = foreigntables.describe(database, name)
        if table.readable or dsn:
            return _surveyed(database, table, [])
    finally:
        database.close()
    # The role that serves queries may not read it yet; the one that imports may.
    importing = configured(config or read(), "feed")
    try:
        return _surveyed(importing, foreigntables.describe(importing, name),
                         [f"role {table.role}, which serves queries, may not read {table}: run in psql: {_grant(table)}"])
    finally:
        importing.close()


def _connected(dsn: str, config: GavoRc | None) -> LiveDatabase:
    try:
        database = from_dsn(dsn) if dsn else configured(config or read())
        database.facts()
    except DatabaseUnreachable as fault:
        place = f" -h {host}" if dsn and (host := from_dsn(dsn).profile.host) else ""
        raise DatabaseUnreachable(fault.message, f"see with 'pg_isready{place}' whether a server answers; start it with "
                                  f"'systemctl start postgresql', or name another database with {_DSN}") from None
    except NoProfile as fault:
        raise EnvironmentFault(fault.message, f"set DaCHS up with 'dachs init', or name the database with {_DSN}") from None
    return database


def _surveyed(database: LiveDatabase, table: DescribedTable, remarks: list[str]) -> Survey:
    if not table.readable:
        raise TargetError(f"role {table.role} may not read the table {table} of the database {database}",
                          f"run in psql: {_grant(table)}")
    if "." in table.schema + table.name:
        raise TargetError(f"the table {table.sql} has a dot in its name, which DaCHS takes for the end of a schema's name",
                          f"make a view of it: CREATE VIEW {table.quoted[0]}.{proposed(table.name)} AS SELECT * FROM {table.sql}")
    kinds = {column.name: _kind(column.type) for column in table.columns}
    remarks += [f"column {cleaned(column.name)!r} is left out, as DaCHS has no type for {column.type}"
                for column in table.columns if not kinds[column.name]]
    kept = [column for column in table.columns if kinds[column.name]]
    simple = [column.name for column in kept if kinds[column.name] in _SIMPLE]
    rows = foreigntables.sample(database, table, simple, ROWS)
    values = {name: [_value(row[place]) for row in rows] for place, name in enumerate(simple)}
    columns = described([Column(column.name, values.get(column.name, ()), kinds[column.name], description=column.comment)
                         for column in kept])
    columns = _with_extents(database, table, [_as_it_is(column, kinds[column.field.source]) for column in columns])
    proposals = column_roles.proposals(columns)
    called = [f"{cleaned(each.field.source)} becomes {each.field.name}" for each in columns if each.field.name != each.field.source]
    if called:
        remarks.append(f"columns whose names need quotes get other ones: {', '.join(called[:8])}{' ...' if len(called) > 8 else ''}")
    remarks += [f"{each.sentinel} in column {cleaned(each.field.source)} may stand for a missing value; DaCHS publishes it as a "
                "number" for each in columns if each.sentinel]
    remarks += undescribed([each.field for each in columns], "say in the RD what is in them, or with COMMENT ON COLUMN in the database")
    if not rows:
        remarks.append(f"{table} has no rows")
    if table.rows < 0:
        remarks.append(f"PostgreSQL has no statistics of {table}: run in psql: ANALYZE {table.sql}")
    return Survey("database", max(table.rows, len(rows)), len(rows), fields=tuple(each.field for each in with_main(columns, proposals)),
                  proposals=proposals, reading=Reading(""), table=str(table), remarks=tuple(remarks))


def _with_extents(database: LiveDatabase, table: DescribedTable, columns: Sequence[Described]) -> tuple[Described, ...]:
    """The columns with their extents over all rows, where those can be had in time."""
    numbers = [each for each in columns if each.is_number or each.field.type in ("date", "timestamp")]
    found: dict[str, tuple[Value, Value]] = {}
    if 0 <= table.rows <= MOST_FOR_EXTENTS and not any(each.sentinel for each in numbers):
        try:
            extents = foreigntables.extents(database, table, [each.field.source for each in numbers])
            found = {each.field.source: (_value(least), _value(greatest)) for each, (least, greatest) in zip(numbers, extents)}
        except (DatabaseLacks, DatabaseUnreachable):
            found = {}
    if not found:
        known = {column.name: column for column in table.columns}
        found = {each.field.source: _from_statistics(known[each.field.source], each) for each in numbers if not each.sentinel}
    made = []
    for each in columns:
        least, greatest = found.get(each.field.source, (each.field.minimum, each.field.maximum))
        made.append(replace(each, field=replace(each.field, minimum=least, maximum=greatest)))
    return tuple(made)


def _from_statistics(column: DescribedColumn, each: Described) -> tuple[Value, Value]:
    """Extents that ANALYZE has seen, together with those of the rows looked at."""
    if not each.is_number or column.least is None or column.greatest is None:
        return each.field.minimum, each.field.maximum
    try:
        seen = [float(column.least), float(column.greatest)]
    except ValueError:
        return each.field.minimum, each.field.maximum
    numbers = [*seen, *(bound for bound in (each.field.minimum, each.field.maximum) if isinstance(bound, (int, float)))]
    return min(numbers), max(numbers)


def _kind(written: str) -> str:
    """The DaCHS type of a PostgreSQL one, `` if there is none."""
    if written in _TYPES:
        return _TYPES[written]
    if _TEXTS.match(written):
        return "text"
    numeric = _NUMERIC.match(written)
    if numeric:
        return "double precision"
    return written if _ARRAY.match(written) else ""


def _as_it_is(column: Described, kind: str) -> Described:
    """A column keeps its type, and its name unless queries would have to quote it; nothing is mixed in besides."""
    source = column.field.source
    if kind == "boolean":
        column = replace(column, field=replace(column.field, type=kind, null="", description=cleaned(column.column.description),
                                               minimum=None, maximum=None, examples=()))
    reserved = source.upper() in RESERVED_BY_DACHS | RESERVED_BY_POSTGRESQL
    own = REGULAR.match(source) and source == source.lower() and not reserved
    return replace(column, field=replace(column.field, name=source)) if own else column


def _grant(table: DescribedTable) -> str:
    return f"GRANT USAGE ON SCHEMA {table.quoted[0]} TO {table.role}; GRANT SELECT ON {table.sql} TO {table.role}"


def _value(value: Any) -> Value:
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=None).isoformat()
    return plain(value) if value is not None else None
