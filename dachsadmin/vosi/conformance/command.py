"""All that `dachsadmin vosi check` does, apart from the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dachsadmin.check.explain import explain
from dachsadmin.check.terminal import Terminal
from dachsadmin.client.schemata import installed
from dachsadmin.errors import EnvironmentFault, ExitCode, TargetError, UsageError
from dachsadmin.inspection import Wanted, begin
from dachsadmin.report.wording import counted
from dachsadmin.system import dachs
from dachsadmin.system.host import Host
from dachsadmin.vosi.conformance import engine, files, server

COMMAND = "vosi check"


def explained(word: str) -> str:
    """The page of a check, or for ALL the list of all checks."""
    return explain(word, engine.checks(), command=COMMAND)


def run(targets: Sequence[str], wanted: Wanted, terminal: Terminal, *, everything: bool = False, timeout: float = 60,
        interpreter: str = dachs.INTERPRETER, host: Host | None = None) -> ExitCode:
    """Check one address or some files, report, and return the exit status."""
    host = host or Host()
    addresses = [target for target in targets if target.startswith(("http://", "https://"))]
    if not targets or addresses and len(targets) > 1:
        raise UsageError("vosi check takes one address, or files", "run 'dachsadmin vosi check http://localhost:8080/tap'")
    inspection = begin(COMMAND, engine.checks(), wanted, host)
    schemata = installed(host, interpreter)
    try:
        got = (server.publication(targets[0], schemata, timeout=timeout, everything=everything, progress=terminal.progress)
               if addresses else files.publication(targets, host, schemata))
    except (EnvironmentFault, TargetError) as error:
        if not addresses:
            raise
        outcome = engine.not_reached(targets[0], error)
    else:
        outcome = engine.run(got, inspection.chosen)
    facts = replace(inspection.facts, checked=outcome.checked, targets=tuple(targets), engines=("vosi",),
                    trials=tuple(outcome.trials))
    left_out = f"the documents of {counted(outcome.left_out, 'table')} were not looked at; --all looks at every one"
    return inspection.finish(outcome.findings, facts, terminal, tried={trial.code for trial in outcome.trials},
                             complaints=[outcome.broken] if outcome.broken else [],
                             notes=[left_out] if outcome.left_out else [])
