"""Puts another view in the place of ivoa.obscore while clients go on asking it."""

from __future__ import annotations

import time
from collections.abc import Callable

from dachsadmin.errors import PartlyDone, Refused
from dachsadmin.obscore.contributions import (EMPTY, Contribution, Live, columns, contributions, dependents, grants, live,
                                              same_definition, union)
from dachsadmin.system.dbprofile import Profile
from dachsadmin.system.postgres import Busy, Change, DatabaseRefuses, changing

LOCK_TIMEOUT = "100ms"
"""A lock that is waited for stalls every reader that comes after (measured: 6 s behind one slow query)."""
PATIENCE = 30.0
"""Seconds for which locks are asked for again and again."""
_PAUSE = 0.4
_NEW = "ivoa.obscore_dachsadmin"
_COUNTS = """
SELECT coalesce(was.source_table, new.source_table), coalesce(was.n, 0), coalesce(new.n, 0)
FROM (SELECT source_table, count(*) AS n FROM {old} q GROUP BY 1) was
FULL JOIN (SELECT source_table, count(*) AS n FROM ({new}) q GROUP BY 1) new USING (source_table) ORDER BY 1"""
_SAME_ROWS = """
SELECT (SELECT ROW(count(*), sum(hashtextextended(q::text, 0)::numeric)) FROM ivoa.obscore q)
  IS NOT DISTINCT FROM (SELECT ROW(count(*), sum(hashtextextended(q::text, 0)::numeric)) FROM ({new}) q)"""
_HOLDERS = """
SELECT DISTINCT l.pid, coalesce(a.usename, '?'), l.relation::regclass::text
FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.granted AND l.pid <> pg_backend_pid() AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND (c.oid = to_regclass('ivoa.obscore') OR l.mode = 'AccessExclusiveLock'
  AND lower(n.nspname || '.' || c.relname) = ANY(%s)) ORDER BY 1"""


class _Overtaken(Exception):
    """The contributions have changed while the view was made of them."""


def is_current(profile: Profile) -> bool:
    """Whether ivoa.obscore is what DaCHS would make of the contributions, and belongs to and is open to whom it should.

    All that is done for it is rolled back.
    """
    try:
        with changing(profile, lock_timeout=LOCK_TIMEOUT) as change:
            _become_owner(change)
            found, parts = live(change), contributions(change)
            if not found.kind or not parts:
                return False
            if found.kind == "table":
                return bool(change.rows(_SAME_ROWS.format(new=union(parts)))[0][0]) and (
                    _wanted_grants(change, found) <= found.grants)
            change.rows(f"CREATE VIEW {_NEW} AS ({union(parts)})")
            new = live(change, _NEW)
            wanted = _wanted_grants(change, found)
            change.rows("ROLLBACK")
    except (Busy, DatabaseRefuses):
        return False
    return (same_definition(found.definition, new.definition) and found.columns == new.columns
            and found.owner == new.owner and wanted <= found.grants)


def put_contributions(profile: Profile, *, fewer: bool, patience: float = PATIENCE) -> None:
    """Make ivoa.obscore of the contributions, as DaCHS does.

    Raises Refused if it would have fewer rows of some table, unless `fewer` allows that; PartlyDone, naming who is in the
    way, if a lock was not to be had within `patience` seconds.
    """
    parts: tuple[Contribution, ...] = ()

    def attempt() -> None:
        nonlocal parts
        before, parts = parts, _listed(profile)
        if not fewer and parts != before:
            _demand_no_fewer(profile, union(parts))
        materialised = _is_table(profile)
        if materialised and parts != before:
            _materialise(profile, union(parts))
        with changing(profile, lock_timeout=LOCK_TIMEOUT) as change:
            _become_owner(change)
            if materialised:
                _move_in(change)
            else:
                _replace(change, union(parts))
            # Whoever imports has had the lock before us; what was written is seen only now.
            if contributions(change) != parts:
                raise _Overtaken

    insist(attempt, profile, patience)


def put_back(profile: Profile, definition: str, *, patience: float = PATIENCE) -> None:
    """Make ivoa.obscore of a definition that it had before; `` for nothing: then it goes."""
    def attempt() -> None:
        with changing(profile, lock_timeout=LOCK_TIMEOUT) as change:
            _become_owner(change)
            if definition:
                _replace(change, definition.rstrip("; \n"))
            else:
                change.rows("DROP VIEW IF EXISTS ivoa.obscore")

    insist(attempt, profile, patience)


def insist(attempt: Callable[[], None], profile: Profile, patience: float = PATIENCE) -> None:
    """Try a change again while somebody else holds a lock on ivoa.obscore or on a table that contributes to it."""
    until = time.monotonic() + patience
    while True:
        try:
            return attempt()
        except (Busy, _Overtaken):
            if time.monotonic() >= until:
                raise _in_the_way(profile) from None
        time.sleep(_PAUSE)


def _listed(profile: Profile) -> tuple[Contribution, ...]:
    with changing(profile, lock_timeout=LOCK_TIMEOUT) as change:
        return contributions(change)


def _in_the_way(profile: Profile) -> PartlyDone:
    tables = [part.table.lower() for part in _listed(profile)]
    with changing(profile, lock_timeout=LOCK_TIMEOUT) as change:
        found = change.rows(_HOLDERS, (tables,))
    if not found:
        return PartlyDone("ivoa.obscore is always in use, or being changed by others", "run it again at a quieter time")
    pid, role, relation = found[0]
    others = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return PartlyDone(f"process {pid} of {role} keeps {relation} locked{others}",
                      f"run it again when that is over, or end it: psql -c 'SELECT pg_terminate_backend({pid})'")


def _replace(change: Change, query: str) -> None:
    """Build the new view beside the old one, and put it in its place."""
    change.rows(f"CREATE VIEW {_NEW} AS ({query})")
    old = live(change)
    wanted = _wanted_grants(change, old)
    if old.kind == "view" and old.columns == columns(change, _NEW) and old.owner == live(change, _NEW).owner:
        change.rows(f"DROP VIEW {_NEW}")
        change.rows(f"CREATE OR REPLACE VIEW ivoa.obscore AS ({query})")
        _grant(change, "ivoa.obscore", wanted - old.grants)
        return
    _grant(change, _NEW, wanted - grants(change, _NEW))
    _exchange(change, "VIEW")


def _materialise(profile: Profile, query: str) -> None:
    """Make the new table beside the old one, which has to be there: it tells which indexes there should be."""
    with changing(profile, lock_timeout=LOCK_TIMEOUT) as change:
        _become_owner(change)
        change.rows(f"DROP TABLE IF EXISTS {_NEW}")
        change.rows(f"CREATE TABLE {_NEW} AS ({query})")
        for number, (unique, _, how) in enumerate(_indexes(change)):
            change.rows(f"CREATE {'UNIQUE ' if unique else ''}INDEX obscore_dachsadmin_{number} ON {_NEW} {how}")
        _grant(change, _NEW, _wanted_grants(change, live(change)) - grants(change, _NEW))
        change.rows(f"ANALYZE {_NEW}")


def _move_in(change: Change) -> None:
    """Put the table that was made in the place of the old one."""
    names = [name for _, name, _ in _indexes(change)]
    _exchange(change, "TABLE")
    for number, name in enumerate(names):
        change.rows(f"ALTER INDEX ivoa.obscore_dachsadmin_{number} RENAME TO {name}")


def _indexes(change: Change) -> list[tuple[bool, str, str]]:
    """Of ivoa.obscore: whether it is unique, its name, and what stands behind the table's name in its definition."""
    return [(unique, name, definition[definition.index(" USING "):]) for unique, name, definition in change.rows(
        "SELECT i.indisunique, quote_ident(c.relname), pg_get_indexdef(c.oid) FROM pg_index i JOIN pg_class c"
        " ON c.oid = i.indexrelid WHERE i.indrelid = to_regclass('ivoa.obscore') ORDER BY c.relname")]


def _is_table(profile: Profile) -> bool:
    with changing(profile, lock_timeout=LOCK_TIMEOUT) as change:
        return live(change).kind == "table"


def _exchange(change: Change, kind: str) -> None:
    """Drop ivoa.obscore, give its name to the new one, and make the views that are made of it anew."""
    above = dependents(change)
    stuck = [view.name for view in above if view.kind != "view"]
    if stuck:
        raise Refused(f"ivoa.obscore gets other columns or types, and {', '.join(stuck)} is a materialised view of it",
                      f"drop it (DROP MATERIALIZED VIEW {stuck[0]}), run this again, and make it anew")
    kept = [(view, live(change, view.name), _comment(change, view.name)) for view in above]
    for view in reversed(above):
        change.rows(f"DROP VIEW {view.name}")
    change.rows(f"DROP {kind} IF EXISTS ivoa.obscore")
    change.rows(f"ALTER {kind} {_NEW} RENAME TO obscore")
    for view, was, comment in kept:
        change.rows(f"CREATE VIEW {view.name} AS {view.definition}")
        _grant(change, view.name, was.grants - grants(change, view.name))
        if comment is not None:
            change.rows(f"COMMENT ON VIEW {view.name} IS {_quoted(change, 'literal', comment)}")
        if live(change, view.name).owner != was.owner:
            change.rows(f"ALTER VIEW {view.name} OWNER TO {_quoted(change, 'ident', was.owner)}")


def _become_owner(change: Change) -> None:
    """What a superuser makes has to belong to DaCHS's role all the same."""
    owner = change.rows("SELECT quote_ident(pg_get_userbyid(relowner)) FROM pg_class"
                        " WHERE oid = to_regclass('ivoa._obscoresources')")
    if owner:
        change.rows(f"SET LOCAL ROLE {owner[0][0]}")


def _wanted_grants(change: Change, old: Live) -> frozenset[tuple[str, str]]:
    """Who may do what: as before, and all whom DaCHS gives its tables for queries to."""
    wanted = grants(change, EMPTY) if change.rows("SELECT 1 WHERE to_regclass(%s) IS NOT NULL", (EMPTY,)) else frozenset()
    return old.grants | wanted


def _grant(change: Change, name: str, wanted: frozenset[tuple[str, str]]) -> None:
    for role, privilege in sorted(wanted):
        change.rows(f"GRANT {privilege} ON {name} TO {role}")


def _comment(change: Change, name: str) -> str | None:
    found: str | None = change.rows("SELECT obj_description(to_regclass(%s), 'pg_class')", (name,))[0][0]
    return found


def _quoted(change: Change, kind: str, text: str) -> str:
    quoted: str = change.rows(f"SELECT quote_{kind}(%s)", (text,))[0][0]
    return quoted


def _demand_no_fewer(profile: Profile, query: str) -> None:
    with changing(profile, lock_timeout=LOCK_TIMEOUT) as change:
        if live(change).kind == "":
            return
        change.rows("SAVEPOINT counting")
        try:
            counted = change.rows(_COUNTS.format(old="ivoa.obscore", new=query))
        except DatabaseRefuses:  # a view that cannot be read has nothing to lose, if it is not the new one
            change.rows("ROLLBACK TO SAVEPOINT counting")
            counted = change.rows(_COUNTS.format(old=f"({query})", new=query))
        lost = [row for row in counted if row[2] < row[1]]
    if lost:
        table, before, after = lost[0]
        more = f", and {len(lost) - 1} more tables" if len(lost) > 1 else ""
        raise Refused(f"ivoa.obscore would have {after} rows of {table}, where it has {before} now{more}",
                      "look why, and add --fewer-rows if that is as it should be")
