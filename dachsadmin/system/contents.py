"""What tables and views schemas have, and how many rows are in them: counted where that is quick, else estimated."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from dachsadmin.system.metatables import Asked
from dachsadmin.system.postgres import DatabaseLacks, DatabaseUnreachable

EXACT = 1_000_000
"""Tables of up to so many rows are counted."""
_ALL = 120.0
"""Seconds after which no further table is counted."""
_WHOLE_VIEW = "120s"

# The estimate is made as the planner does, so that it follows the size since the last ANALYZE; for what was never analysed,
# it is -1, and 0 before PostgreSQL 14.
# One text per table: psycopg without its C part takes a second for the cells of 2,000 tables.
_RELATIONS = """
SELECT n.nspname || '.' || c.relname, format('%%I.%%I', n.nspname, c.relname),
  CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized' WHEN 'f' THEN 'foreign' ELSE 'table' END,
  CASE WHEN c.relkind = 'v' THEN -1 WHEN c.relkind IN ('r', 'm') AND c.relpages > 0 THEN
    c.reltuples / c.relpages * (pg_relation_size(c.oid) / current_setting('block_size')::bigint) ELSE c.reltuples END,
  coalesce(json_agg(json_build_array(a.attname, format_type(a.atttypid, a.atttypmod)) ORDER BY a.attnum)
    FILTER (WHERE a.attname IS NOT NULL), '[]')::text
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND lower(n.nspname) = ANY(%s)
GROUP BY c.oid, n.nspname, c.relname ORDER BY n.nspname, c.relname"""


@dataclass(frozen=True)
class Content:
    """A table or view. `rows` is None if nobody knows, and an estimate unless `exact`."""

    name: str
    kind: str
    columns: tuple[tuple[str, str], ...]
    rows: int | None
    exact: bool


def contents(database: Asked, schemas: Collection[str], progress: Callable[[str, int, int], None], *,
             patience: str = "5s") -> list[Content]:
    """All tables and views of some schemas, in the names that they really have.

    Counting one of them may take as long as `patience` says, in PostgreSQL's units.
    """
    found = database.rows(_RELATIONS, (sorted(schemas),))
    until = time.monotonic() + _ALL
    told = []
    with _patience(database, patience):
        for number, (name, quoted, kind, estimate, columns) in enumerate(found):
            progress("tables counted", number, len(found))
            rows = _count(database, quoted) if estimate <= EXACT and time.monotonic() < until else None
            known = round(estimate) if estimate > 0 else None
            told.append(Content(name, kind, tuple((column, of) for column, of in json.loads(columns)),
                                known if rows is None else rows, rows is not None))
    progress("tables counted", len(found), len(found))
    return told


def obscore_sources(database: Asked) -> dict[str, int]:
    """The number of rows of ivoa.obscore by source table; nothing if there is no such view."""
    if not database.rows("SELECT FROM pg_class WHERE oid = to_regclass('ivoa.obscore')"):
        return {}
    with _patience(database, _WHOLE_VIEW):
        return {source: rows for source, rows in database.rows(
            "SELECT coalesce(source_table, ''), count(*) FROM ivoa.obscore GROUP BY 1")}


def _count(database: Asked, quoted: str) -> int | None:
    """None for a table that may not be read, or takes too long. Raises DatabaseUnreachable if the server went away."""
    with suppress(DatabaseLacks):
        try:
            return int(database.rows(f"SELECT count(*) FROM {quoted}")[0][0])
        except DatabaseUnreachable:  # which a statement that took too long is, too
            database.rows("SELECT 1")
    return None


@contextmanager
def _patience(database: Asked, patience: str) -> Iterator[None]:
    """Let statements take so long, and no longer."""
    [(before,)] = database.rows("SELECT current_setting('statement_timeout')")
    database.rows("SELECT set_config('statement_timeout', %s, false)", (patience,))
    try:
        yield
    finally:
        with suppress(DatabaseUnreachable):
            database.rows("SELECT set_config('statement_timeout', %s, false)", (before,))
