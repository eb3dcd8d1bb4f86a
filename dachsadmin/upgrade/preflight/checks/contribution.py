"""Check DU307: contribution."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.obscore import engine
from dachsadmin.upgrade.preflight.check import Check
from dachsadmin.upgrade.preflight.installation import Installation

NAMES = frozenset({"broken-contribution", "orphaned-contribution"})


class BrokenObscore(Check):
    """All contributions to ivoa.obscore work, and their RDs are there.

    An upgrade makes the view anew, and stops at one that does not work, or whose table DaCHS does not know (measured: an
    orphaned row keeps the schema where it was, and dpkg half-way). `dachsadmin obscore status` tells more.

    See:
        docs/obscore.md
    """

    code, name, severity, since = "DU307", "contribution", Severity.ERROR, "0.4"

    def check(self, here: Installation) -> Iterator[Finding]:
        if here.obscore is None:
            return
        checks = tuple(check for check in engine.checks() if check.name in NAMES)
        for told in engine.run(here.obscore, checks, here.progress):
            severity = self.severity if told.tested else Severity.INFO
            yield replace(told, code=self.code, name=self.name, severity=severity, engine="upgrade")
