"""Comparison DD502: probe-check."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.comparison import Comparison, Pair
from dachsadmin.upgrade.contract import OUTCOMES


class ProbeCheck(Comparison):
    """What worked for clients still works.

    Each check of `dachsadmin probe` on each service is compared. One that fails now is as severe as probe says; one that
    was not made before is information.

    See:
        dachsadmin-probe(1)
    """

    code, name, severity, since = "DD502", "probe-check", Severity.ERROR, "0.3"

    def compare(self, pair: Pair) -> Iterator[Finding]:
        for before, now in pair.trials():
            was = before.outcome if before else "untested"
            subject, said = f"{now.subject} {now.name}", f": {now.message}" if now.message else ""
            if now.outcome == "untested" and was != "untested":
                yield self.untested(subject, f"probe could not test {now.name} of {now.subject} now{said}", rd=now.rd)
            elif OUTCOMES.index(now.outcome) > max(OUTCOMES.index(was), OUTCOMES.index("info")):
                severity = Severity.INFO if was == "untested" else Severity[now.outcome.upper()]
                yield self.finding(subject, f"{now.name} of {now.subject} fails now{said} [{now.code}]", rd=now.rd,
                                   severity=severity, hint=f"run 'dachsadmin probe --select {now.code}'")
