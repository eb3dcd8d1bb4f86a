"""All that `dachsadmin obscore status` and `check` do, apart from the terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from dachsadmin.check import grouping, verdict
from dachsadmin.check.explain import explain
from dachsadmin.check.rule import PROFILES, choose, describe
from dachsadmin.check.terminal import Terminal
from dachsadmin.errors import AdminError, ExitCode
from dachsadmin.model.finding import Finding
from dachsadmin.model.run import CheckedRd, Contributor, Run
from dachsadmin.obscore import engine
from dachsadmin.obscore.check import Check
from dachsadmin.obscore.installation import Installation
from dachsadmin.obscore.survey import Survey
from dachsadmin.report.formats import deliver, parse_requests
from dachsadmin.report.summary import summary
from dachsadmin.system import dachs
from dachsadmin.system.dbprofile import read_profile
from dachsadmin.system.host import Host
from dachsadmin.system.postgres import LiveDatabase, connect
from dachsadmin.system.worker.client import Pool, WorkerSettings
from dachsadmin.version import version

REGISTERS = (2, 10)
"""The first DaCHS whose obscore can have a registry record."""


@dataclass(frozen=True)
class Wanted:
    """Which checks are made, and what is to be done with the findings. `status` makes all, not just those of parts."""

    status: bool
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    reports: tuple[str, ...] = ("text",)
    fail_on: str = "error"
    whole: bool = False
    grouping: bool = True
    interpreter: str = dachs.INTERPRETER


def explained(word: str) -> str:
    """The page of a check, or for ALL the list of all checks."""
    return explain(word, engine.checks(), command="obscore status")


def run(here: Installation, wanted: Wanted, terminal: Terminal, *, host: Host | None = None) -> ExitCode:
    """Look, report, and return the exit status."""
    host = host or Host()
    started = host.clock()
    fail_on = verdict.least(wanted.fail_on)
    reports = parse_requests(wanted.reports)
    command = f"obscore {'status' if wanted.status else 'check'}"
    chosen = choose(tuple(check for check in engine.checks() if wanted.status or check.of_parts), PROFILES[-1],
                    list(wanted.select), list(wanted.ignore), command=command)
    survey, untested = _survey(here, wanted, chosen, host)
    found = engine.run(survey, chosen, terminal.progress) + untested
    told = grouping.group(found) if wanted.grouping else found
    facts = Run(
        version=version(), started=started.strftime("%Y-%m-%dT%H:%M:%SZ"),
        seconds=(host.clock() - started).total_seconds(), engines=("obscore",),
        checked=tuple(CheckedRd(rd) for rd in sorted({part.rd for part in survey.parts})), rules=tuple(map(describe, chosen)),
        fail_on=fail_on, tree=str(here.config.inputs), directory=os.getcwd(), command=command,
        contributors=tuple(_contributors(survey)) if wanted.status else ())
    deliver(reports, told, facts, host=host, stdout=sys.stdout.buffer, paint=terminal.paint)
    kind = {"view": "a view", "table": "materialised", "": "not there"}[survey.live.kind]
    terminal.note(f"ivoa.obscore is {kind}; {len(survey.parts)} tables contribute: {summary(told, facts)}")
    return ExitCode.FINDINGS if verdict.fails(found, fail_on) else ExitCode.OK


def _survey(here: Installation, wanted: Wanted, chosen: tuple[Check, ...], host: Host) -> tuple[Survey, list[Finding]]:
    """The survey, and what of it could not be had."""
    by_name = {check.name: check for check in chosen}
    survey = replace(plain_survey(here), whole=wanted.whole)
    untested = []
    if "quarantined" in by_name:
        try:
            survey.quarantined = here.kept(host)
        except AdminError as error:
            untested.append(by_name["quarantined"].untested(error.message, hint="run it as root"))
    if "outdated-contribution" in by_name:
        try:
            survey.fragments = _fragments(here, survey, wanted.interpreter, host)
        except AdminError as error:
            untested.append(by_name["outdated-contribution"].untested(error.message, hint=error.hint))
    if "not-registered" in by_name:
        found = dachs.find(host, wanted.interpreter, os.environ.get("PYTHONPATH", ""))
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
