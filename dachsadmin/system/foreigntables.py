"""Tables that somebody else made: their columns, comments and extents, and some of their rows."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from typing import Any

from dachsadmin.errors import TargetError
from dachsadmin.model.database import DescribedColumn, DescribedTable
from dachsadmin.system.metatables import Asked

_NAME = re.compile(r'(?:(?P<schema>"(?:[^"]|"")+"|[^".\s]+)\.)?(?P<table>"(?:[^"]|"")+"|[^".\s]+)\Z')
_SHOWN = 8
_FEW_ROWS = 20_000
"""Tables with more rows are sampled by pages."""

_TABLE = """
SELECT c.oid, n.nspname, c.relname, ARRAY[quote_ident(n.nspname), quote_ident(c.relname)],
  CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized' WHEN 'f' THEN 'foreign' ELSE 'table' END,
  c.reltuples::bigint, current_user, has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'),
  coalesce(obj_description(c.oid, 'pg_class'), '')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE lower(n.nspname) = lower(%s) AND lower(c.relname) = lower(%s) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
ORDER BY (n.nspname = %s)::int + (c.relname = %s)::int DESC LIMIT 1"""
_COLUMNS = """
SELECT a.attname, format_type(a.atttypid, a.atttypmod), coalesce(col_description(a.attrelid, a.attnum), ''), a.attnotnull,
  (s.histogram_bounds::text::text[])[1], (s.histogram_bounds::text::text[])[array_upper(s.histogram_bounds::text::text[], 1)]
FROM pg_attribute a LEFT JOIN pg_stats s ON s.schemaname = %s AND s.tablename = %s AND s.attname = a.attname AND NOT s.inherited
WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"""
_KEY = """
SELECT a.attname FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY k(number, place)
JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
WHERE i.indrelid = %s AND i.indisprimary ORDER BY k.place"""
_NAMES = """
SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'dc', 'tap_schema')
ORDER BY 1"""


def describe(database: Asked, name: str) -> DescribedTable:
    """The table `schema.table` (in whatever case, or in SQL's quotes). Raises TargetError if there is none."""
    match = _NAME.match(name.strip())
    if match is None or "\0" in name:
        raise TargetError(f"{name!r} is no name of a table", "write --from-table SCHEMA.TABLE")
    schema, table = _plain(match["schema"] or "public"), _plain(match["table"])
    found = database.rows(_TABLE, (schema, table, schema, table))
    if not found:
        raise TargetError(f"the database {database} has no table {schema}.{table}", _others(database, f"{schema}.{table}"))
    oid, schema, table, quoted, kind, rows, role, readable, comment = found[0]
    columns = tuple(DescribedColumn(*row) for row in database.rows(_COLUMNS, (schema, table, oid)))
    return DescribedTable(schema, table, (quoted[0], quoted[1]), kind, rows, role, readable, comment, columns,
                          tuple(column for column, in database.rows(_KEY, (oid,))))


def sample(database: Asked, table: DescribedTable, columns: Sequence[str], most: int) -> list[tuple[Any, ...]]:
    """Some rows of a table, from all over it if it is large."""
    if not columns:
        return []
    pages = ""
    if table.kind in ("table", "materialized") and table.rows > _FEW_ROWS:
        pages = f" TABLESAMPLE SYSTEM ({min(100.0, 400.0 * most / table.rows):.6f})"
    found = database.rows(f"SELECT {_quoted(database, columns)} FROM {table.sql}{pages} LIMIT {int(most)}")
    if not found and pages:  # A sample by pages may hit none.
        return database.rows(f"SELECT {_quoted(database, columns)} FROM {table.sql} LIMIT {int(most)}")
    return found


def extents(database: Asked, table: DescribedTable, columns: Sequence[str]) -> list[tuple[Any, Any]]:
    """Least and greatest value of each column, over all rows; that may take long."""
    if not columns:
        return []
    asked = ", ".join(f"min({name}), max({name})" for name in _quotes(database, columns))
    row = database.rows(f"SELECT {asked} FROM {table.sql}")[0]
    return list(zip(row[::2], row[1::2]))


def _quotes(database: Asked, names: Sequence[str]) -> list[str]:
    """Names as SQL writes them, in the server's own way."""
    return [name for name, in database.rows(
        "SELECT quote_ident(name) FROM unnest(%s::text[]) WITH ORDINALITY u(name, place) ORDER BY place", (list(names),))]


def _quoted(database: Asked, names: Sequence[str]) -> str:
    return ", ".join(_quotes(database, names))


def _plain(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def _others(database: Asked, wanted: str) -> str:
    """What is there instead, those that are alike first."""
    names = [name for name, in database.rows(_NAMES)]
    if not names:
        return "there are no tables besides DaCHS's own; name another database with --dsn"
    schema = wanted.partition(".")[0]
    alike = difflib.get_close_matches(wanted, names, 3, cutoff=0.6)
    shown = list(dict.fromkeys([*alike, *(name for name in names if name.startswith(f"{schema}.")), *names]))[:_SHOWN]
    return f"name one that is there: {', '.join(shown)}" + (" ..." if len(names) > len(shown) else "")
