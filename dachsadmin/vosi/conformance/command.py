"""All that `dachsadmin vosi check` does, apart from the terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from dachsadmin.check import baseline, grouping, verdict
from dachsadmin.check.explain import explain
from dachsadmin.check.rule import PROFILES, choose, describe
from dachsadmin.check.terminal import Terminal
from dachsadmin.client.schemata import Schemata, installed
from dachsadmin.errors import EnvironmentFault, ExitCode, TargetError, UsageError
from dachsadmin.model.run import Run
from dachsadmin.report.formats import deliver, parse_requests
from dachsadmin.report.summary import summary
from dachsadmin.report.wording import counted
from dachsadmin.system import dachs
from dachsadmin.system.host import Host
from dachsadmin.version import version
from dachsadmin.vosi.conformance import engine, files, server
from dachsadmin.vosi.conformance.check import Check
from dachsadmin.vosi.conformance.engine import Outcome

COMMAND = "vosi check"


@dataclass(frozen=True)
class Wanted:
    """How much is asked, which checks are made, and what is to be done with the findings."""

    everything: bool = False
    timeout: float = 60
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    reports: tuple[str, ...] = ("text",)
    baseline: str | None = None
    update_baseline: bool = False
    grouping: bool = True
    fail_on: str = "error"
    interpreter: str = dachs.INTERPRETER


def explained(word: str) -> str:
    """The page of a check, or for ALL the list of all checks."""
    return explain(word, engine.checks(), command=COMMAND)


def run(targets: Sequence[str], wanted: Wanted, terminal: Terminal, *, host: Host | None = None) -> ExitCode:
    """Check one address or some files, report, and return the exit status."""
    host = host or Host()
    started = host.clock()
    addresses = [target for target in targets if target.startswith(("http://", "https://"))]
    if not targets or addresses and len(targets) > 1:
        raise UsageError("vosi check takes one address, or files", "run 'dachsadmin vosi check http://localhost:8080/tap'")
    if wanted.update_baseline and not wanted.baseline:
        raise UsageError("--update-baseline needs --baseline FILE", "name the file that is to keep the known findings")
    fail_on = verdict.least(wanted.fail_on)
    reports = parse_requests(wanted.reports)
    chosen = choose(engine.checks(), PROFILES[-1], list(wanted.select), list(wanted.ignore), command=COMMAND)
    schemata = installed(host, wanted.interpreter)
    if addresses:
        outcome = _ask(addresses[0], schemata, wanted, chosen, terminal)
    else:
        outcome = engine.run(files.publication(targets, host, schemata), chosen)
    tried = {trial.code for trial in outcome.trials} - {finding.code for finding in outcome.findings if not finding.tested}
    settled = baseline.settle(outcome.findings, wanted.baseline, lambda _: baseline.Scope(None, tried, ("vosi",)), host,
                              write=wanted.update_baseline)
    told = grouping.group(settled.new) if wanted.grouping else settled.new
    facts = Run(
        version=version(), started=started.strftime("%Y-%m-%dT%H:%M:%SZ"),
        seconds=(host.clock() - started).total_seconds(), checked=outcome.checked, targets=tuple(targets), engines=("vosi",),
        rules=tuple(map(describe, chosen)), fail_on=fail_on, directory=os.getcwd(), baselined=settled.known,
        vanished=settled.vanished, command=COMMAND, trials=tuple(outcome.trials))
    deliver(reports, told, facts, host=host, stdout=sys.stdout.buffer, paint=terminal.paint)
    if outcome.broken is not None:
        terminal.complain(outcome.broken)
    if settled.note:
        terminal.note(settled.note)
    if outcome.left_out:
        terminal.note(f"the documents of {counted(outcome.left_out, 'table')} were not looked at; --all looks at every one")
    terminal.note(summary(told, facts))
    if outcome.broken is not None:
        return outcome.broken.exit_code
    return ExitCode.FINDINGS if verdict.fails(settled.new, fail_on) else ExitCode.OK


def _ask(address: str, schemata: Schemata | None, wanted: Wanted, chosen: Sequence[Check],
         terminal: Terminal) -> Outcome:
    try:
        got = server.publication(address, schemata, timeout=wanted.timeout, everything=wanted.everything,
                                 progress=terminal.progress)
    except (EnvironmentFault, TargetError) as error:
        return engine.not_reached(address, error)
    return engine.run(got, chosen)
