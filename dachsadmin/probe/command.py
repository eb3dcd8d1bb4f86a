"""All that `dachsadmin probe` does, apart from the terminal."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

from dachsadmin.check import baseline, grouping
from dachsadmin.check.explain import explain
from dachsadmin.check.rule import PROFILES, choose, describe
from dachsadmin.client.schemata import Schemata
from dachsadmin.errors import AdminError, ExitCode, TargetError, UsageError
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.model.run import Run
from dachsadmin.probe import engine
from dachsadmin.probe.check import Check
from dachsadmin.probe.engine import Outcome, Request
from dachsadmin.report.formats import deliver, parse_requests
from dachsadmin.report.summary import summary
from dachsadmin.system import dachs, gavorc
from dachsadmin.system.host import Host
from dachsadmin.version import version

FAIL_ON: Mapping[str, Severity | None] = {
    "error": Severity.ERROR, "warning": Severity.WARNING, "info": Severity.INFO, "never": None}


class Terminal(Protocol):
    """Where everything goes that is not the payload."""

    def note(self, text: str) -> None:
        """Tell something by the way."""

    def complain(self, error: AdminError) -> None:
        """Tell what is wrong, and the way out."""

    def progress(self, what: str, done: int, total: int) -> None:
        """Show how far the work is."""

    def paint(self, report: str) -> str:
        """The text report with colours, if stdout has them."""


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
    if wanted.fail_on not in FAIL_ON:
        raise UsageError(f"--fail-on takes {', '.join(FAIL_ON)}, not {wanted.fail_on!r}")
    reports = parse_requests(wanted.reports)
    chosen = choose(engine.checks(), PROFILES[-1], list(wanted.select), list(wanted.ignore), command="probe")
    place = _memory(wanted.memory, request.url)
    request = replace(request, schemata=_schemata(host, wanted.interpreter), remembered=_recall(place, host))
    outcome = engine.run(request, chosen, host, terminal.progress)
    kept, run_facts, notes = _judge(outcome, request, wanted, chosen, host, started)
    told = grouping.group(kept) if wanted.grouping else kept
    deliver(reports, told, run_facts, host=host, stdout=sys.stdout.buffer, paint=terminal.paint)
    if outcome.broken is not None:
        terminal.complain(outcome.broken)
    for text in notes:
        terminal.note(text)
    terminal.note(summary(told, run_facts))
    if place is not None and outcome.identifiers is not None:
        _remember(place, outcome.identifiers, host, terminal)
    return _exit_code(kept, outcome, FAIL_ON[wanted.fail_on])


def _judge(outcome: Outcome, request: Request, wanted: Wanted, chosen: tuple[Check, ...], host: Host,
           started: datetime) -> tuple[list[Finding], Run, list[str]]:
    """What is told, apart from what the baseline knows. Writes the baseline file if that is asked for."""
    kept, notes, known, vanished = outcome.findings, [], 0, 0
    if wanted.baseline:
        exists = host.exists(os.path.abspath(wanted.baseline))
        before = baseline.load(wanted.baseline, host) if exists or not wanted.update_baseline else baseline.Baseline()
        untested = {finding.code for finding in kept if not finding.tested}
        tried = {trial.code for trial in outcome.trials} - untested
        scope = baseline.Scope({trial.rd for trial in outcome.trials}, tried, ("probe",))
        if wanted.update_baseline:
            before = baseline.update(kept, before, scope)
            written = baseline.save(wanted.baseline, before, host)
            notes.append(f"{wanted.baseline}: {len(before.entries)} known findings, {'written' if written else 'unchanged'}")
        compared = baseline.compare(kept, before, scope)
        kept, known, vanished = compared.new, len(compared.known), len(compared.vanished)
    facts = Run(
        version=version(), started=started.strftime("%Y-%m-%dT%H:%M:%SZ"),
        seconds=(host.clock() - started).total_seconds(), targets=(request.url, *filter(None, (request.service,))),
        engines=("probe",), rules=tuple(map(describe, chosen)), fail_on=FAIL_ON[wanted.fail_on], directory=os.getcwd(),
        baselined=known, vanished=vanished, command="probe", trials=tuple(outcome.trials),
        latencies=tuple(outcome.latencies))
    return kept, facts, notes


def _exit_code(kept: list[Finding], outcome: Outcome, fail_on: Severity | None) -> ExitCode:
    """A server that cannot be asked outranks findings, as a target that is not there does with val."""
    if outcome.broken is not None:
        return outcome.broken.exit_code
    if fail_on and any(finding.tested and finding.severity >= fail_on for finding in kept):
        return ExitCode.FINDINGS
    return ExitCode.OK


def _schemata(host: Host, interpreter: str) -> Schemata | None:
    """Those that the installed DaCHS brings."""
    found = dachs.find(host, interpreter)
    try:
        return Schemata(Path(found.folder) / "resources" / "schemata") if found else None
    except AdminError:
        return None


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
