"""All that `dachsadmin vosi status` does, apart from the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from dachsadmin.check.explain import explain
from dachsadmin.check.terminal import Terminal
from dachsadmin.errors import ExitCode
from dachsadmin.inspection import Wanted, begin
from dachsadmin.model.run import CheckedRd, TableVerdict
from dachsadmin.report.wording import counted
from dachsadmin.vosi.status import engine
from dachsadmin.vosi.status.stock import Installation, take

COMMAND = "vosi status"


def explained(word: str) -> str:
    """The page of a check, or for ALL the list of all checks."""
    return explain(word, engine.checks(), command=COMMAND)


def run(words: Sequence[str], of: Installation, wanted: Wanted, terminal: Terminal, *, server: str = "") -> ExitCode:
    """Take stock of RDs and tables, report, and return the exit status. `server` is one to be asked, `` for none."""
    inspection = begin(COMMAND, engine.checks(), wanted, of.host)
    stock = take(words, of, terminal.progress, server=server)
    judged = engine.judge(stock, inspection.chosen)
    facts = replace(
        inspection.facts, targets=tuple(words) or ("ALL",), engines=("vosi",), dachs=of.dachs.version,
        checked=tuple(CheckedRd(held.shown, held.file, cached=held.cached) for held in stock.holdings),
        tree=str(of.config.inputs),
        tables=tuple(TableVerdict(name, *told) for name, told in sorted(judged.verdicts.items())))
    return inspection.finish(judged.findings, facts, terminal, rds={held.shown for held in stock.holdings},
                             notes=(stock.cache_problem, _counted(judged)))


def _counted(judged: engine.Judged) -> str:
    """`2000 tables: 1990 current, 9 stale, 1 broken`."""
    counts = Counter(verdict for _, verdict in judged.verdicts.values())
    parts = [f"{counts[verdict]} {verdict}" for verdict in engine.VERDICTS if counts[verdict]]
    return f"{counted(sum(counts.values()), 'table')}: {', '.join(parts) or 'nothing is published'}"
