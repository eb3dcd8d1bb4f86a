"""What ivoa.obscore is made of: DaCHS's list of contributions, and the view or table that is there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from dachsadmin.errors import TargetError

EMPTY = "ivoa.emptyobscore"
"""DaCHS's own contribution, which has no rows: the view has columns even where nobody contributes."""


class Asked(Protocol):
    """A database that can be queried."""

    def rows(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]: ...


@dataclass(frozen=True)
class Contribution:
    """A table's SELECT statement, as DaCHS keeps it. `rd` is the id of the RD that it came from."""

    table: str
    rd: str
    sql: str


@dataclass(frozen=True)
class Dependent:
    """A view that is made of ivoa.obscore. `kind` is view or materialized; `name` is written as SQL has it."""

    name: str
    kind: str
    definition: str


@dataclass(frozen=True)
class Live:
    """What is called ivoa.obscore. `kind` is view, table (that is materialised) or `` for nothing.

    `columns` are names and types; `grants` are (role, privilege), the role written as SQL has it.
    """

    kind: str = ""
    definition: str = ""
    columns: tuple[tuple[str, str], ...] = ()
    grants: frozenset[tuple[str, str]] = frozenset()
    owner: str = ""


def contributions(database: Asked) -> tuple[Contribution, ...]:
    """All contributions, in the order in which DaCHS joins them. Raises TargetError if //obscore was never imported."""
    if not database.rows("SELECT 1 WHERE to_regclass('ivoa._obscoresources') IS NOT NULL"):
        raise TargetError("there is no ObsCore table here", "run 'dachs imp //obscore' if you want one")
    return tuple(Contribution(table, rd or "", sql) for table, rd, sql in database.rows(
        "SELECT tablename, sourcerd, sqlfragment FROM ivoa._obscoresources"))


def union(parts: Iterable[Contribution]) -> str:
    """The query that the view is made of, in the words that DaCHS makes it of."""
    return " UNION ALL ".join(f"({part.sql})" for part in parts)


_LIVE = """
SELECT CASE c.relkind WHEN 'v' THEN 'view' ELSE 'table' END,
  CASE c.relkind WHEN 'v' THEN pg_get_viewdef(c.oid) ELSE '' END, pg_get_userbyid(c.relowner)
FROM pg_class c WHERE c.oid = to_regclass(%s)"""
_COLUMNS = """
SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped ORDER BY attnum"""
_GRANTS = """
SELECT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END, privilege_type
FROM pg_class c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) WHERE c.oid = to_regclass(%s)"""


def live(database: Asked, name: str = "ivoa.obscore") -> Live:
    """What is called so; `name` is written as SQL has it."""
    found = database.rows(_LIVE, (name,))
    if not found:
        return Live()
    kind, definition, owner = found[0]
    return Live(kind, definition, columns(database, name), grants(database, name), owner)


def columns(database: Asked, name: str) -> tuple[tuple[str, str], ...]:
    return tuple((column, kind) for column, kind in database.rows(_COLUMNS, (name,)))


def grants(database: Asked, name: str) -> frozenset[tuple[str, str]]:
    return frozenset((role, privilege) for role, privilege in database.rows(_GRANTS, (name,)))


_DEPENDENTS = """
WITH RECURSIVE above(oid, depth) AS (
  SELECT to_regclass('ivoa.obscore')::oid, 0
  UNION SELECT r.ev_class, above.depth + 1 FROM above
  JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = above.oid AND d.classid = 'pg_rewrite'::regclass
  JOIN pg_rewrite r ON r.oid = d.objid WHERE r.ev_class <> above.oid)
SELECT format('%I.%I', n.nspname, c.relname), CASE c.relkind WHEN 'v' THEN 'view' ELSE 'materialized' END,
  pg_get_viewdef(c.oid)
FROM (SELECT oid, max(depth) AS depth FROM above WHERE depth > 0 GROUP BY oid) deepest
JOIN pg_class c USING (oid) JOIN pg_namespace n ON n.oid = c.relnamespace ORDER BY depth, 1"""


def dependents(database: Asked) -> tuple[Dependent, ...]:
    """The views that are made of ivoa.obscore, each after those that it is made of."""
    return tuple(Dependent(*row) for row in database.rows(_DEPENDENTS))


def branches(definition: str) -> list[str]:
    """The parts of a view's definition, sorted: DaCHS's order changes with every import, and means nothing."""
    return sorted(" ".join(part.split()).rstrip("; ") for part in re.split(r"\bUNION ALL\b", definition))


def same_definition(one: str, other: str) -> bool:
    return branches(one) == branches(other)


def is_stub(found: Live) -> bool:
    """Whether it is the view without rows that 'dachs imp -m //obscore' makes where there was none."""
    return found.kind == "view" and re.search(r"\bWHERE \(0 = 1\)", found.definition) is not None
