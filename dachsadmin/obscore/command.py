"""All that `dachsadmin obscore status` and `check` do, apart from the terminal."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from dachsadmin.check.explain import explain
from dachsadmin.check.terminal import Terminal
from dachsadmin.errors import AdminError, ExitCode
from dachsadmin.inspection import Wanted, begin
from dachsadmin.model.finding import Finding
from dachsadmin.model.run import CheckedRd, Contributor
from dachsadmin.obscore import engine
from dachsadmin.obscore.check import Check
from dachsadmin.obscore.installation import Installation
from dachsadmin.obscore.survey import Survey
from dachsadmin.report.wording import counted
from dachsadmin.system import dachs
from dachsadmin.system.dbprofile import read_profile
from dachsadmin.system.host import Host
from dachsadmin.system.postgres import LiveDatabase, connect
from dachsadmin.system.worker.client import Pool, WorkerSettings

REGISTERS = (2, 10)
"""The first DaCHS whose obscore can have a registry record."""


def explained(word: str) -> str:
    """The page of a check, or for ALL the list of all checks."""
    return explain(word, engine.checks(), command="obscore status")


def run(here: Installation, wanted: Wanted, terminal: Terminal, *, parts_only: bool = False, whole: bool = False,
        interpreter: str = dachs.INTERPRETER, host: Host | None = None) -> ExitCode:
    """Look, report, and return the exit status. `parts_only`: only what is about each contribution alone."""
    host = host or Host()
    checks = tuple(check for check in engine.checks() if check.of_parts or not parts_only)
    inspection = begin(f"obscore {'check' if parts_only else 'status'}", checks, wanted, host)
    survey, untested = _survey(here, whole, interpreter, inspection.chosen, host)
    found = engine.run(survey, inspection.chosen, terminal.progress) + untested
    facts = replace(
        inspection.facts, engines=("obscore",), tree=str(here.config.inputs),
        checked=tuple(CheckedRd(rd) for rd in sorted({part.rd for part in survey.parts})),
        contributors=() if parts_only else tuple(_contributors(survey)))
    kind = {"view": "a view", "table": "materialised", "": "not there"}[survey.live.kind]
    contributing = counted(len(survey.parts), "table contributes", "tables contribute")
    return inspection.finish(found, facts, terminal, notes=[f"ivoa.obscore is {kind}; {contributing}"])


def _survey(here: Installation, whole: bool, interpreter: str, chosen: tuple[Check, ...],
            host: Host) -> tuple[Survey, list[Finding]]:
    """The survey, and what of it could not be had."""
    by_name = {check.name: check for check in chosen}
    survey = replace(plain_survey(here), whole=whole)
    untested = []
    if "quarantined" in by_name:
        try:
            survey.quarantined = here.kept(host)
        except AdminError as error:
            untested.append(by_name["quarantined"].untested(error.message, hint="run it as root"))
    if "outdated-contribution" in by_name:
        try:
            survey.fragments = _fragments(here, survey, interpreter, host)
        except AdminError as error:
            untested.append(by_name["outdated-contribution"].untested(error.message, hint=error.hint))
    if "not-registered" in by_name:
        found = dachs.find(host, interpreter, os.environ.get("PYTHONPATH", ""))
        survey.registers = found is not None and tuple(map(int, found.version.split(".")[:2])) >= REGISTERS
    return survey, untested


def plain_survey(here: Installation) -> Survey:
    """A survey of the database alone."""
    return Survey(LiveDatabase(here.profile), _users(here), here.config.inputs)


def _users(here: Installation) -> LiveDatabase | None:
    with suppress(AdminError):
        profile = read_profile(here.config, "untrustedquery")
        connect(profile).close()
        return LiveDatabase(profile)
    return None


def _fragments(here: Installation, survey: Survey, interpreter: str, host: Host) -> dict[str, str]:
    """What the RDs would contribute now; RDs that do not load are left out: val tells of them."""
    settings = WorkerSettings(interpreter, here.config.server_user if host.is_root else None, here.environment)
    rds = sorted({part.rd for part in survey.working if survey.rd_file(part).is_file()})
    if not rds:
        return {}
    with Pool(settings) as pool:
        told = [declared.content for declared in pool.declared(rds) if declared.content]
    return {table["name"].lower(): table["obscore"] for content in told for table in content["tables"] if table["obscore"]}


def _contributors(survey: Survey) -> Iterator[Contributor]:
    for part in survey.parts:
        state = survey.state(part)
        rows, exact = None, True
        if part in survey.working:
            with suppress(AdminError):  # a check tells of it
                rows, exact = survey.rows(part)
        yield Contributor(part.table, part.rd, rows, exact, state)
    for part in survey.quarantined:
        yield Contributor(part.table, part.rd, None, True, "in quarantine")
