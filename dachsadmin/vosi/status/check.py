"""The base of the checks of `vosi status`, and what they look at: one RD, and what is published of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from dachsadmin.check import rule
from dachsadmin.client import vosi
from dachsadmin.model.finding import Finding, Location, Severity
from dachsadmin.model.published import DeclaredRd, DeclaredTable, Stored

SYSTEM = "__system__/"
"""DaCHS's own RDs are in this directory: `//tap` is `__system__/tap`."""
SHOWN = 3
"""So many differences of one kind are told one by one."""


@dataclass(frozen=True)
class Holding:
    """One RD and all that is known of it.

    `declared` is None if the RD does not load, for the reason in `fault`; with `passing`, that may be another one next
    time; `cached` that nothing had to be loaded to know it. `served` has what the running server tells of all its
    tables, None if it was not asked or does not answer; `unserved` is why it does not.
    """

    rd: str
    file: str
    stored: Stored
    declared: DeclaredRd | None
    fault: str = ""
    passing: bool = False
    cached: bool = False
    served: Mapping[str, vosi.Table] | None = None
    unserved: str = ""

    @property
    def shown(self) -> str:
        """The RD as commands of DaCHS take it."""
        return shown(self.rd)

    @property
    def tables(self) -> tuple[DeclaredTable, ...]:
        """What the RD declares; nothing if it does not load."""
        return self.declared.tables if self.declared else ()

    @cached_property
    def listed(self) -> frozenset[str]:
        """The tables that TAP_SCHEMA has of the RD."""
        return frozenset(name for name, rd in self.stored.listed_by.items() if rd == self.rd)

    @cached_property
    def noted(self) -> frozenset[str]:
        """The tables that dc.tablemeta has of the RD."""
        return frozenset(name for name, noted in self.stored.noted.items() if noted.rd == self.rd)

    @property
    def names(self) -> frozenset[str]:
        """All tables that are or should be published."""
        return self.listed | {table.key for table in self.tables if table.published} | {
            name for name in self.noted if self.stored.noted[name].adql and not self.declared}

    @property
    def remake(self) -> str:
        """What makes TAP_SCHEMA and dc.tablemeta follow the RD."""
        return "run 'dachs upgrade -t'" if self.rd == f"{SYSTEM}tap" else f"run 'dachsadmin vosi refresh {self.shown}'"


class Check(rule.Rule):
    """One way in which published metadata can be wrong.

    `code` is DV and three digits, never used again; the first digit is 1 for tables that are broken, 2 for TAP_SCHEMA and
    dc.tablemeta, 3 for statistics and coverage, 4 for the registry, 5 for the running server, 9 for what could not be
    tested. `verdict` is what a table with such a finding is: broken, stale or current; `mends` the command of DaCHS that
    `vosi refresh` gives it to: imp -m, limits or pub, `` if only the operator can.
    """

    verdict: ClassVar[str] = "stale"
    mends: ClassVar[str] = ""

    def check(self, held: Holding) -> Iterator[Finding]:
        """Yield what is wrong with the tables of one RD."""
        raise NotImplementedError

    def finding(self, held: Holding, message: str, *, table: str = "", hint: str = "") -> Finding:
        """A finding about a table, or without one about the RD."""
        return Finding(code=self.code, name=self.name, severity=self.severity, rd=held.shown, location=Location(held.file),
                       message=message, subject=table, hint=hint, engine="vosi", confidence=self.confidence)

    def untested(self, held: Holding, message: str, *, hint: str = "") -> Finding:
        """What could not be looked at, and why: neither a pass nor a failure."""
        return Finding(code=self.code, name=self.name, severity=Severity.INFO, rd=held.shown, location=Location(held.file),
                       message=message, hint=hint, engine="vosi", tested=False)


def shown(rd: str) -> str:
    """An RD that the database names, as commands of DaCHS take it: `//tap` for `__system__/tap`."""
    return f"//{rd.removeprefix(SYSTEM)}" if rd.startswith(SYSTEM) else rd


def listed(texts: Sequence[str]) -> str:
    """`a, b, c and 4 more`."""
    shown, rest = list(texts[:SHOWN]), len(texts) - SHOWN
    if rest > 0:
        return f"{', '.join(shown)} and {rest} more"
    return " and ".join(filter(None, [", ".join(shown[:-1]), *shown[-1:]]))


def shortened(text: str) -> str:
    """A value as a message shows it."""
    return repr(text if len(text) <= 40 else f"{text[:37]}...") if text else "nothing"
