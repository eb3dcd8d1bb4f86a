"""Rule DA090: An inline ignore says why."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.check import suppress
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class IgnoreWithoutReason(Rule):
    """An inline ignore says why.

    Whoever reads the RD in a year has to decide whether the ignore still holds. It silences what it names, reason or
    not, unless it names no rule at all: then it does nothing.

    Bad:
        <!-- dachsadmin: ignore DA201 -->
        <table id="t"/>
    Good:
        <!-- dachsadmin: ignore DA201 the plates are catalogued in degrees of plate rotation -->
        <table id="t"/>
    See: docs/val.md, section "Ignoring in the RD"
    """

    code, name, severity, since, profile = "DA090", "ignore-without-reason", Severity.INFO, "0.1", "strict"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for ignore in suppress.read(rd):
            if not ignore.rules:
                yield self.finding(rd, ignore.location, "this ignore names no rule, and so does nothing",
                                   hint="write <!-- dachsadmin: ignore DA200 the reason -->")
            elif not ignore.reason:
                yield self.finding(rd, ignore.location, f"this ignore of {', '.join(ignore.rules)} gives no reason",
                                   hint="write the reason behind the codes")
