"""All that `dachsadmin probe` does, apart from the terminal."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from dachsadmin.check import baseline, grouping, verdict
from dachsadmin.check.explain import explain
from dachsadmin.check.rule import PROFILES, choose, describe
from dachsadmin.check.terminal import Terminal
from dachsadmin.client.schemata import installed
from dachsadmin.errors import AdminError, ExitCode, TargetError, UsageError
from dachsadmin.model.run import Run
from dachsadmin.probe import engine
from dachsadmin.probe.engine import Outcome, Request
from dachsadmin.report.formats import deliver, parse_requests
from dachsadmin.report.summary import summary
from dachsadmin.system import dachs, gavorc
from dachsadmin.system.host import Host
from dachsadmin.version import version


@dataclass(frozen=True)
class Wanted:
    """Which checks are made, and what is to be done with the findings.

    `interpreter` is the Python that may have a DaCHS with XML schemata; `memory` is the folder where the identifiers of
    registries are remembered.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    reports: tuple[str, ...] = ("text",)
    baseline: str | None = None
    update_baseline: bool = False
    grouping: bool = True
    fail_on: str = "error"
    interpreter: str = dachs.INTERPRETER
    memory: Path | None = None


def explained(word: str) -> str:
    """The page of a check, or for ALL the list of all checks."""
    return explain(word, engine.checks(), command="probe")


def address(url: str | None) -> str:
    """The root of the server that is meant: without a URL, the one that gavo.rc of this machine describes."""
    found = (url or gavorc.read().get("web", "serverURL")).rstrip("/")
    if "://" not in found:
        found = f"http://{found}"
    if not found.startswith(("http://", "https://")):
        raise UsageError(f"{url} is no address of a web server", "write it as http://localhost:8080")
    return found.removesuffix("/tap")


def run(request: Request, wanted: Wanted, terminal: Terminal, *, host: Host | None = None) -> ExitCode:
    """Ask, report, and return the exit status."""
    host = host or Host()
    started = host.clock()
    if wanted.update_baseline and not wanted.baseline:
        raise UsageError("--update-baseline needs --baseline FILE", "name the file that is to keep the known findings")
    fail_on = verdict.least(wanted.fail_on)
    reports = parse_requests(wanted.reports)
    chosen = choose(engine.checks(), PROFILES[-1], list(wanted.select), list(wanted.ignore), command="probe")
    place = _memory(wanted.memory, request.url)
    request = replace(request, schemata=installed(host, wanted.interpreter), remembered=_recall(place, host))
    outcome = engine.run(request, chosen, host, terminal.progress)
    settled = _settle(outcome, wanted, host)
    told = grouping.group(settled.new) if wanted.grouping else settled.new
    run_facts = Run(
        version=version(), started=started.strftime("%Y-%m-%dT%H:%M:%SZ"),
        seconds=(host.clock() - started).total_seconds(), targets=(request.url, *filter(None, (request.service,))),
        engines=("probe",), rules=tuple(map(describe, chosen)), fail_on=fail_on, directory=os.getcwd(),
        baselined=settled.known, vanished=settled.vanished, command="probe", trials=tuple(outcome.trials),
        latencies=tuple(outcome.latencies))
    deliver(reports, told, run_facts, host=host, stdout=sys.stdout.buffer, paint=terminal.paint)
    if outcome.broken is not None:
        terminal.complain(outcome.broken)
    if settled.note:
        terminal.note(settled.note)
    terminal.note(summary(told, run_facts))
    if place is not None and outcome.identifiers is not None:
        _remember(place, outcome.identifiers, host, terminal)
    if outcome.broken is not None:  # It outranks findings, as a target that is not there does with val.
        return outcome.broken.exit_code
    return ExitCode.FINDINGS if verdict.fails(settled.new, fail_on) else ExitCode.OK


def _settle(outcome: Outcome, wanted: Wanted, host: Host) -> baseline.Settled:
    """What is told, apart from what the baseline knows. Writes the baseline file if that is asked for."""
    untested = {finding.code for finding in outcome.findings if not finding.tested}
    tried = {trial.code for trial in outcome.trials} - untested
    scope = baseline.Scope({trial.rd for trial in outcome.trials}, tried, ("probe",))
    return baseline.settle(outcome.findings, wanted.baseline, lambda _: scope, host, write=wanted.update_baseline)


def _memory(folder: Path | None, url: str) -> Path | None:
    """The file that remembers the identifiers of a server's registry."""
    return folder / f"registry-{hashlib.sha256(url.encode()).hexdigest()[:16]}.json" if folder else None


def _recall(place: Path | None, host: Host) -> tuple[str, ...] | None:
    if place is None or not host.exists(str(place)):
        return None
    try:
        told = json.loads(host.text(str(place)))["identifiers"]
        return tuple(map(str, told))
    except (TargetError, ValueError, LookupError, TypeError):
        return None


def _remember(place: Path, identifiers: tuple[str, ...], host: Host, terminal: Terminal) -> None:
    try:
        host.make_folder(str(place.parent))
        host.write_atomic(str(place), json.dumps({"identifiers": identifiers}, indent=1) + "\n")
    except AdminError as error:
        terminal.note(f"the identifiers of the registry are not remembered: {error.message}")
