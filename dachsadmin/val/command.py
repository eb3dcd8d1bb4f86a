"""All that `dachsadmin val` does, apart from the terminal."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from dachsadmin.check import verdict
from dachsadmin.check.explain import explain
from dachsadmin.check.rule import choose
from dachsadmin.check.terminal import Terminal
from dachsadmin.errors import AdminError, EnvironmentFault, ExitCode, UsageError
from dachsadmin.report.formats import deliver, parse_requests
from dachsadmin.report.summary import summary
from dachsadmin.report.wording import counted
from dachsadmin.system import gavorc
from dachsadmin.system.host import Host
from dachsadmin.val import engine, fix, judge, static
from dachsadmin.val.engine import Request

@dataclass(frozen=True)
class Wanted:
    """What is to be done with the findings."""

    reports: tuple[str, ...] = ("text",)
    baseline: str | None = None
    update_baseline: bool = False
    grouping: bool = True
    fail_on: str = "error"
    fix: bool = False
    diff: bool = False
    update_vocabularies: bool = False


def explained(word: str) -> str:
    """The page of a rule, or for ALL the list of all rules."""
    return explain(word, static.rules())


def run(request: Request, wanted: Wanted, terminal: Terminal, *, host: Host | None = None) -> ExitCode:
    """Check, report, and return the exit status. Raises AdminError where nothing can be checked at all."""
    host = host or Host()
    started = host.clock()
    if wanted.update_vocabularies:
        _update_vocabularies(request, host, terminal)
        if not request.words:
            return ExitCode.OK
    if not request.words:
        raise UsageError("val needs to know what to check", "run 'dachsadmin val ALL_RECURSE' for every RD of the tree")
    if wanted.update_baseline and not wanted.baseline:
        raise UsageError("--update-baseline needs --baseline FILE", "name the file that is to keep the known findings")
    fail_on = verdict.least(wanted.fail_on)
    reports = parse_requests(wanted.reports)
    chosen = choose(static.rules(), request.profile, list(request.select), list(request.ignore))
    config = gavorc.read()
    outcome = engine.run(request, chosen, host, config, progress=terminal.progress)
    failures: list[AdminError] = []
    if wanted.fix or wanted.diff:
        failures = _mend(outcome, wanted, terminal, host)
        if wanted.diff:
            return ExitCode.OK
        outcome = engine.run(request, chosen, host, config, progress=terminal.progress)
    quiet = judge.Quiet(wanted.baseline, wanted.update_baseline, wanted.grouping)
    judged = judge.judge(outcome, request, chosen, host=host, quiet=quiet, fail_on=fail_on, started=started)
    deliver(reports, judged.findings, judged.run, host=host, stdout=sys.stdout.buffer,
            paint=terminal.paint)
    for error in (*outcome.missing, *failures):
        terminal.complain(error)
    for text in (*judged.notes, outcome.cache_problem):
        if text:
            terminal.note(text)
    terminal.note(summary(judged.findings, judged.run))
    return failures[0].exit_code if failures else judged.code


def _update_vocabularies(request: Request, host: Host, terminal: Terminal) -> None:
    """Fetch vocabularies as the server's user. Raises EnvironmentFault if one cannot be had."""
    from dachsadmin.system.worker.client import WorkerSettings, update_vocabularies

    settings = WorkerSettings(interpreter=request.interpreter, processes=1,
                              user=gavorc.read().server_user if host.is_root else None, environment=gavorc.passed_on())
    faults = []
    for name, told in sorted(update_vocabularies(settings).items()):
        if told["fault"]:
            faults.append(f"{name}: {told['fault']}")
        else:
            terminal.note(f"{name}: {told['path']}")
    if faults:
        raise EnvironmentFault("vocabularies could not be fetched: " + "; ".join(faults),
                               "run it again where http://www.ivoa.net/rdf can be reached")


def _mend(outcome: engine.Outcome, wanted: Wanted, terminal: Terminal, host: Host) -> list[AdminError]:
    """Apply the safe fixes, or show them."""
    mends = {}
    for rd_id, document in outcome.documents.items():
        own = [finding for finding in outcome.findings if finding.rd == rd_id and finding.engine == "static"]
        mended = fix.mend(document, own, outcome.recheck)
        for finding, reason in mended.skipped:
            terminal.note(f"{finding.location.file}:{finding.location.line}: not mended ({finding.code}): {reason}")
        if mended.changed:
            mends[outcome.paths[rd_id]] = mended
    if wanted.diff:
        for mended in mends.values():
            sys.stdout.buffer.write(mended.diff())
        sys.stdout.buffer.flush()
        terminal.note(f"{counted(len(mends), 'RD')} would be changed" if mends else "there is nothing to mend")
        return []
    failures = fix.write(mends, host)
    terminal.note(f"{counted(len(mends) - len(failures), 'RD')} changed")
    return failures
