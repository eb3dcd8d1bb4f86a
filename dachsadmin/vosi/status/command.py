"""All that `dachsadmin vosi status` does, apart from the terminal."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from dachsadmin.check import baseline, grouping, verdict
from dachsadmin.check.explain import explain
from dachsadmin.check.rule import PROFILES, choose, describe
from dachsadmin.check.terminal import Terminal
from dachsadmin.errors import ExitCode, UsageError
from dachsadmin.model.run import CheckedRd, Run, TableVerdict
from dachsadmin.report.formats import deliver, parse_requests
from dachsadmin.report.summary import summary
from dachsadmin.report.wording import counted
from dachsadmin.version import version
from dachsadmin.vosi.status import engine
from dachsadmin.vosi.status.stock import Installation, take

COMMAND = "vosi status"


@dataclass(frozen=True)
class Wanted:
    """Which checks are made, and what is to be done with the findings. `server` is one to be asked, `` for none."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    reports: tuple[str, ...] = ("text",)
    baseline: str | None = None
    update_baseline: bool = False
    grouping: bool = True
    fail_on: str = "warning"
    server: str = ""


def explained(word: str) -> str:
    """The page of a check, or for ALL the list of all checks."""
    return explain(word, engine.checks(), command=COMMAND)


def run(words: Sequence[str], of: Installation, wanted: Wanted, terminal: Terminal) -> ExitCode:
    """Take stock of RDs and tables, report, and return the exit status."""
    started = of.host.clock()
    if wanted.update_baseline and not wanted.baseline:
        raise UsageError("--update-baseline needs --baseline FILE", "name the file that is to keep the known findings")
    fail_on = verdict.least(wanted.fail_on)
    reports = parse_requests(wanted.reports)
    chosen = choose(engine.checks(), PROFILES[-1], list(wanted.select), list(wanted.ignore), command=COMMAND)
    stock = take(words, of, terminal.progress, server=wanted.server)
    judged = engine.judge(stock, chosen)
    untested = {finding.code for finding in judged.findings if not finding.tested}
    rds = {held.shown for held in stock.holdings}
    scope = baseline.Scope(rds, {check.code for check in chosen} - untested, ("vosi",))
    settled = baseline.settle(judged.findings, wanted.baseline, lambda _: scope, of.host, write=wanted.update_baseline)
    shown = grouping.group(settled.new) if wanted.grouping else settled.new
    facts = Run(
        version=version(), started=started.strftime("%Y-%m-%dT%H:%M:%SZ"),
        seconds=(of.host.clock() - started).total_seconds(), targets=tuple(words) or ("ALL",), engines=("vosi",),
        checked=tuple(CheckedRd(held.shown, held.file, cached=held.cached) for held in stock.holdings),
        dachs=of.dachs.version, rules=tuple(map(describe, chosen)), fail_on=fail_on, tree=str(of.config.inputs),
        directory=os.getcwd(), baselined=settled.known, vanished=settled.vanished, command=COMMAND,
        tables=tuple(TableVerdict(name, *told) for name, told in sorted(judged.verdicts.items())))
    deliver(reports, shown, facts, host=of.host, stdout=sys.stdout.buffer, paint=terminal.paint)
    for text in (settled.note, stock.cache_problem, _counted(judged), summary(shown, facts)):
        if text:
            terminal.note(text)
    return ExitCode.FINDINGS if verdict.fails(settled.new, fail_on) else ExitCode.OK


def _counted(judged: engine.Judged) -> str:
    """`2000 tables: 1990 current, 9 stale, 1 broken`."""
    counts = Counter(verdict for _, verdict in judged.verdicts.values())
    parts = [f"{counts[verdict]} {verdict}" for verdict in engine.VERDICTS if counts[verdict]]
    return f"{counted(sum(counts.values()), 'table')}: {', '.join(parts) or 'nothing is published'}"
