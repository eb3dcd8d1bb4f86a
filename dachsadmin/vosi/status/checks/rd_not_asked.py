"""Check DV902: rd-not-asked."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.vosi.status.check import Check, Holding


class RdNotAsked(Check):
    """DaCHS can be asked what an RD says.

    A process that loads an RD may end before its time, or take too long or too much memory; maybe not so next time.

    See: dachsadmin val RD
    """

    code, name, severity, since = "DV902", "rd-not-asked", Severity.WARNING, "0.3"
    verdict = "untested"

    def check(self, held: Holding) -> Iterator[Finding]:
        if held.declared is None and held.passing:
            yield self.untested(held, f"the RD could not be loaded: {held.fault}",
                                hint=f"run 'dachsadmin val {held.shown}'")
