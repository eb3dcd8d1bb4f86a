"""Judges what stock was taken of: findings, and a verdict per table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from dachsadmin.check.rule import discover
from dachsadmin.model.finding import Finding
from dachsadmin.vosi.status.check import Check
from dachsadmin.vosi.status.stock import Stock

VERDICTS = ("current", "stale", "untested", "broken")
"""From best to worst."""


@dataclass
class Judged:
    """What came of it: verdicts by table, each with its RD; what mends the RDs; which RDs only the operator can mend."""

    findings: list[Finding] = field(default_factory=list)
    verdicts: dict[str, tuple[str, str]] = field(default_factory=dict)
    mends: dict[str, set[str]] = field(default_factory=dict)
    broken: dict[str, list[Finding]] = field(default_factory=dict)


def checks() -> tuple[Check, ...]:
    """All checks, by their codes."""
    return tuple(check for check in discover("dachsadmin.vosi.status.checks") if isinstance(check, Check))


def judge(stock: Stock, chosen: Sequence[Check]) -> Judged:
    """Apply checks to all that stock was taken of."""
    judged = Judged()
    for held in stock.holdings:
        worst = dict.fromkeys(held.names, 0)
        for check in chosen:
            rank = VERDICTS.index(check.verdict)
            for finding in check.check(held):
                if stock.tables is not None and finding.subject and finding.subject not in stock.tables:
                    continue
                judged.findings.append(finding)
                if check.mends:
                    judged.mends.setdefault(held.rd, set()).add(check.mends)
                if check.verdict in ("broken", "untested"):
                    judged.broken.setdefault(held.rd, []).append(finding)
                for name in [finding.subject] if finding.subject else list(worst):
                    worst[name] = max(worst.get(name, 0), rank)
        judged.verdicts |= {name: (held.shown, VERDICTS[rank]) for name, rank in worst.items()
                            if stock.tables is None or name in stock.tables}
    return judged
