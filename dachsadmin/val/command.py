"""All that `dachsadmin val` does, apart from the terminal."""

from __future__ import annotations

import sys

from dachsadmin.check.explain import explain
from dachsadmin.check.terminal import Terminal
from dachsadmin.errors import AdminError, EnvironmentFault, ExitCode, UsageError
from dachsadmin.inspection import Wanted, begin
from dachsadmin.report.wording import counted
from dachsadmin.system import gavorc
from dachsadmin.system.host import Host
from dachsadmin.val import engine, fix, judge, static
from dachsadmin.val.engine import Request


def explained(word: str) -> str:
    """The page of a rule, or for ALL the list of all rules."""
    return explain(word, static.rules())


def run(request: Request, wanted: Wanted, terminal: Terminal, *, host: Host | None = None) -> ExitCode:
    """Check, report, and return the exit status. Raises AdminError where nothing can be checked at all."""
    host = host or Host()
    if request.update_vocabularies:
        _update_vocabularies(request, host, terminal)
        if not request.words:
            return ExitCode.OK
    if not request.words:
        raise UsageError("val needs to know what to check", "run 'dachsadmin val ALL_RECURSE' for every RD of the tree")
    inspection = begin("val", static.rules(), wanted, host, profile=request.profile)
    config = gavorc.read()
    outcome = engine.run(request, inspection.chosen, host, config, progress=terminal.progress)
    failures: list[AdminError] = []
    if request.fix or request.diff:
        failures = _mend(outcome, request, terminal, host)
        if request.diff:
            return ExitCode.OK
        outcome = engine.run(request, inspection.chosen, host, config, progress=terminal.progress)
    code = inspection.deliver(judge.judge(outcome, request, inspection), terminal,
                              complaints=(*failures, *outcome.missing), notes=(*outcome.notes, outcome.cache_problem))
    if code is ExitCode.OK and outcome.broken is not None and not isinstance(outcome.broken, engine.NoDachs):
        return outcome.broken.exit_code
    return code


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


def _mend(outcome: engine.Outcome, request: Request, terminal: Terminal, host: Host) -> list[AdminError]:
    """Apply the safe fixes, or show them."""
    mends = {}
    for rd_id, document in outcome.documents.items():
        own = [finding for finding in outcome.findings if finding.rd == rd_id and finding.engine == "static"]
        mended = fix.mend(document, own, outcome.recheck)
        for finding, reason in mended.skipped:
            terminal.note(f"{finding.location.file}:{finding.location.line}: not mended ({finding.code}): {reason}")
        if mended.changed:
            mends[outcome.paths[rd_id]] = mended
    if request.diff:
        for mended in mends.values():
            sys.stdout.buffer.write(mended.diff())
        sys.stdout.buffer.flush()
        terminal.note(f"{counted(len(mends), 'RD')} would be changed" if mends else "there is nothing to mend")
        return []
    failures = fix.write(mends, host)
    terminal.note(f"{counted(len(mends) - len(failures), 'RD')} changed")
    return failures
