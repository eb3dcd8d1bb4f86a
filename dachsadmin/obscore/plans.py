"""The plans that change obscore: make it anew, and bring a contribution back."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dachsadmin.errors import TargetError
from dachsadmin.model.database import Problem
from dachsadmin.obscore import mending
from dachsadmin.obscore.contributions import EMPTY, Contribution, contributions, live, union
from dachsadmin.obscore.installation import Installation, record_of
from dachsadmin.obscore.steps import PutObscore, ReturnContribution, WithdrawContribution
from dachsadmin.obscore.survey import Survey
from dachsadmin.plan import Plan, Step
from dachsadmin.system.host import Host
from dachsadmin.system.postgres import LiveDatabase
from dachsadmin.verbs import MakeFolder, RemoveFile, RunUnlessTrue, WriteFile

TITLE = "make ivoa.obscore anew"
_DESCRIBED = """
SELECT EXISTS (SELECT FROM dc.tablemeta WHERE lower(tablename) = 'ivoa.obscore')
AND EXISTS (SELECT FROM tap_schema.supportedmodels WHERE dmivorn ILIKE 'ivo://ivoa.net/std/obscore#%')
AND NOT EXISTS (SELECT FROM tap_schema.columns WHERE lower(table_name) = 'ivoa.obscore' AND utype ILIKE 'obscore:obs.%')
AND (SELECT array_agg(lower(column_name) ORDER BY 1) FROM tap_schema.columns WHERE lower(table_name) = 'ivoa.obscore')
  = (SELECT array_agg(attname::text ORDER BY 1) FROM pg_attribute WHERE attrelid = to_regclass('ivoa.obscore')
     AND attnum > 0 AND NOT attisdropped)"""
_COUNTED = """
SELECT EXISTS (SELECT FROM dc.simple_col_stats WHERE lower(tablename) = 'ivoa.obscore')
OR NOT EXISTS (SELECT FROM ivoa.obscore)"""


def reimport(host: Host, here: Installation, *, quarantine: bool = False, fewer: bool = False) -> Plan:
    """Make the view anew of all contributions.

    Raises TargetError where one is broken, unless `quarantine` leaves out those that are.
    """
    survey = Survey(LiveDatabase(here.profile), None, here.config.inputs)
    broken = _broken(survey)
    if broken and not quarantine:
        raise _stop(survey, broken)
    if not survey.all_parts:
        raise TargetError("DaCHS has no contribution to obscore, not even its own empty one", "run 'dachs imp //obscore'")
    _demand_as_configured(survey, here)
    steps: list[Step] = []
    if broken:
        steps.append(Step("quarantine", "make a place for contributions that are left out", MakeFolder(here.quarantine, 0o700)))
    for part, problem in broken:
        if part.table.lower() == EMPTY:
            raise TargetError(mending.in_words(survey, part, problem), "run 'dachs imp //obscore makeSources'")
        name = _slug(part.table)
        steps += [Step(f"remember.{name}", f"remember the contribution of {part.table}",
                       WriteFile(here.record(part), record_of(part), mode=0o600)),
                  Step(f"withdraw.{name}", f"leave out {part.table}: {problem.message}",
                       WithdrawContribution(here.rc, part.table, part.rd, part.sql))]
    swap = PutObscore(here.rc, fewer or bool(broken), without=tuple(part.table for part, _ in broken))
    kept = [part.table for part in here.kept(host)]
    notes = [f"{table} stays in quarantine; 'dachsadmin obscore restore {table}' brings it back" for table in kept]
    return Plan(TITLE, (*steps, *_remade(host, here, swap)), tuple(notes))


def demand_sound(here: Installation) -> None:
    """Raise TargetError, with what mends it, where a contribution is broken: it stops whatever makes the view."""
    survey = Survey(LiveDatabase(here.profile), None, here.config.inputs)
    broken = _broken(survey)
    if broken:
        raise _stop(survey, broken)


def restore(host: Host, here: Installation, table: str) -> Plan:
    """Bring a contribution back that was left out. Raises TargetError if it was not, or does not work yet."""
    kept = here.kept(host)
    part = next((part for part in kept if part.table.lower() == table.lower()), None)
    if part is None:
        others = ", ".join(part.table for part in kept)
        raise TargetError(f"{table} is not in quarantine", f"name one of {others}" if others else
                          "run 'dachsadmin obscore status' to see what contributes")
    survey = Survey(LiveDatabase(here.profile), None, here.config.inputs)
    listed = part.table in {one.table for one in contributions(survey.database)}
    problem = None if listed else survey.database.try_out(part.sql).problem
    if problem is not None:
        raise TargetError(mending.in_words(survey, part, problem), mending.mend(survey, part, problem))
    _demand_as_configured(survey, here)
    demand_sound(here)
    return Plan(f"bring {part.table} back into ivoa.obscore", (
        Step("return", f"list the contribution of {part.table} again",
             ReturnContribution(here.rc, part.table, part.rd, part.sql)),
        *_remade(host, here, PutObscore(here.rc, back=(part.table,))),
        Step("forget", "forget that it was left out", RemoveFile(here.record(part)))))


def _remade(host: Host, here: Installation, swap: PutObscore) -> tuple[Step, ...]:
    """The steps that make the view, and have DaCHS look at it again where it changes."""
    user, changes = here.operator(host), not swap.done(host)
    refresh = RunUnlessTrue(here.dachs("imp", "-m", "//obscore"), _DESCRIBED, here.rc, user=user,
                            again=changes and retyped(LiveDatabase(here.profile)))
    limits = RunUnlessTrue(here.dachs("limits", "//obscore"), _COUNTED, here.rc, user=user, again=changes)
    return (Step("swap", "make the view ivoa.obscore of the contributions", swap),
            Step("metadata", "describe it in TAP_SCHEMA", refresh), Step("limits", "find out what values there are", limits))


def retyped(database: LiveDatabase) -> bool:
    """Whether the contributions would give columns of ivoa.obscore other types than they have."""
    found, tried = live(database), database.try_out(union(contributions(database)))
    database.close()
    return bool(found.kind and tried.columns) and dict(found.columns) != {each.name: each.type for each in tried.columns}


def _demand_as_configured(survey: Survey, here: Installation) -> None:
    """Raise TargetError where a view should be a table, or a table a view: DaCHS alone knows the indexes."""
    materialised = here.config.get("ivoa", "materialiseObscore").lower() in ("true", "yes", "on", "1")
    if materialised != (survey.live.kind == "table"):
        wanted = "materialised, but it is not" if materialised else "a view, but it is a table"
        raise TargetError(f"gavo.rc wants ivoa.obscore {wanted}", "run 'dachs imp //obscore'")


def _broken(survey: Survey) -> list[tuple[Contribution, Problem]]:
    """The contributions that do not work; one that is locked now may."""
    tried = [(part, survey.tried[part.table].problem) for part in survey.all_parts]
    return [(part, problem) for part, problem in tried if problem is not None and problem.kind != "unavailable"]


def _stop(survey: Survey, broken: Sequence[tuple[Contribution, Problem]]) -> TargetError:
    part, problem = broken[0]
    more = f" (and {len(broken) - 1} more)" if len(broken) > 1 else ""
    return TargetError(mending.in_words(survey, part, problem) + more,
                       f"{mending.mend(survey, part, problem)}; or leave out what is broken with "
                       "'dachsadmin obscore reimport --quarantine'")


def _slug(table: str) -> str:
    """The id of a step; what is no letter or digit becomes its number, so that no two tables share one."""
    return re.sub(r"[^a-z0-9]", lambda found: f".{ord(found[0]):x}.", table)
