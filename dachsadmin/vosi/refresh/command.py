"""The plan of `dachsadmin vosi refresh`."""

from __future__ import annotations

from collections.abc import Sequence

from dachsadmin.errors import TargetError, UsageError
from dachsadmin.plan import Plan, Step
from dachsadmin.report.wording import counted
from dachsadmin.system import dachs
from dachsadmin.vosi.refresh.commands import commands
from dachsadmin.vosi.refresh.steps import RefreshMetadata
from dachsadmin.vosi.status import engine
from dachsadmin.vosi.status.check import SYSTEM
from dachsadmin.vosi.status.stock import Installation, Progress, Stock, take

_UNTOUCHED = frozenset({f"{SYSTEM}tap"})
"""`dachs imp -m` leaves the metadata of TAP_SCHEMA itself alone (measured); `dachs upgrade -t` does not."""


def plan(words: Sequence[str], of: Installation, progress: Progress, *, statistics: bool = False,
         force: bool = False) -> Plan:
    """What brings the metadata of RDs and tables up to date. Raises TargetError for an RD that is broken and was named."""
    if not words:
        raise UsageError("vosi refresh needs to know what to refresh", "run 'dachsadmin vosi refresh --stale'")
    return plan_for(take(words, of, progress), of, strict="ALL" not in words, statistics=statistics, force=force)


def plan_for(stock: Stock, of: Installation, *, strict: bool = False, statistics: bool = False, force: bool = False) -> Plan:
    """The plan for what stock was taken of. What is broken is left out, or if `strict` an error."""
    judged = engine.judge(stock, engine.checks())
    stale, notes, left_out = [], [], []
    for held in stock.holdings:
        if held.rd in judged.broken:
            finding = judged.broken[held.rd][0]
            if strict:
                raise TargetError(f"{held.shown} cannot be refreshed: {finding.message}", finding.hint)
            left_out.append(f"{held.shown}: {finding.message}; {finding.hint}")
        elif held.rd in _UNTOUCHED:
            notes += [f"{held.shown}: run 'dachs upgrade -t'"] if judged.mends.get(held.rd) else []
        elif force or commands(held, judged.mends.get(held.rd, ()), statistics=statistics):
            stale.append(held.rd)
    steps = [Step("refresh", f"refresh the metadata of {counted(len(stale), 'RD')}", RefreshMetadata(
        tuple(stale), of.dachs.interpreter, dachs.operator(of.host, of.config), dict(of.environment),
        str(of.cache or ""), statistics, force))] if stale else []
    return Plan("refresh published metadata", tuple(steps), tuple(notes), tuple(left_out))
