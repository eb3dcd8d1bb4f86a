"""What DaCHS keeps in the database about its tables, and whether it still holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from dachsadmin.model.database import Obscore, Record


class Asked(Protocol):
    """A database that can be queried."""

    def rows(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]: ...


_RELATIONS = """
SELECT lower(n.nspname || '.' || c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')"""

# Older DaCHS versions lack some of them.
_KEPT = {"tap_schema.tables": "table_name", "dc.tablemeta": "tablename", "ivoa._obscoresources": "tablename"}


def relations(database: Asked) -> frozenset[str]:
    """All tables and views, in lower case."""
    return frozenset(name for name, in database.rows(_RELATIONS))


def records(database: Asked) -> tuple[Record, ...]:
    """What DaCHS noted about tables and published resources, whether or not they are still there."""
    present = relations(database)
    found = []
    for place, column in _KEPT.items():
        if place in present:
            found += [Record(place, table, rd or "", table.lower() in present) for table, rd in database.rows(
                f"SELECT {column}, sourcerd FROM {place} WHERE {column} IS NOT NULL ORDER BY 1")]
    if "dc.resources" in present:
        found += [Record("dc.resources", "", rd) for rd, in database.rows(
            "SELECT DISTINCT sourcerd FROM dc.resources WHERE NOT deleted ORDER BY 1")]
    return tuple(found)


_IN_VIEW = """
SELECT DISTINCT lower(n.nspname || '.' || c.relname)
FROM pg_rewrite r JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
JOIN pg_class c ON d.refclassid = 'pg_class'::regclass AND c.oid = d.refobjid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE r.ev_class = 'ivoa.obscore'::regclass AND c.oid <> r.ev_class"""


def obscore(database: Asked) -> Obscore | None:
    """The state of ivoa.obscore; None if //obscore was never imported."""
    present = relations(database)
    if "ivoa._obscoresources" not in present:
        return None
    contributors = tuple(name.lower() for name, in database.rows(
        "SELECT tablename FROM ivoa._obscoresources WHERE lower(tablename) <> 'ivoa.emptyobscore' ORDER BY 1"))
    if "ivoa.obscore" not in present:
        return Obscore(False, contributors=contributors, missing=contributors)
    inside = {name for name, in database.rows(_IN_VIEW)}
    missing = tuple(name for name in contributors if name not in inside)
    old = database.rows("SELECT 1 FROM tap_schema.columns WHERE lower(table_name) = 'ivoa.obscore'"
                        " AND lower(column_name) = 'dataproduct_type' AND lower(utype) LIKE 'obscore:obs.%'")
    return Obscore(True, not inside, contributors, missing, bool(old))


def statistics(database: Asked, table: str) -> frozenset[str] | None:
    """The columns (in lower case) of a table that `dachs limits` has looked at; None if this DaCHS does not (< 2.4)."""
    if "dc.simple_col_stats" not in relations(database):
        return None
    looked_at = "SELECT lower(column_name) FROM dc.{0} WHERE lower(tablename) = %s"
    return frozenset(name for kept in ("simple_col_stats", "discrete_string_values")
                     for name, in database.rows(looked_at.format(kept), (table.lower(),)))
