"""Check DU111: held."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.system.packages import is_of_dachs
from dachsadmin.upgrade.preflight.check import Check
from dachsadmin.upgrade.preflight.installation import Installation


class Held(Check):
    """No package of DaCHS or PostgreSQL is on hold.

    Somebody has told apt to leave it as it is. apt then upgrades neither it nor what depends on the new version, and says
    that it has been kept back.

    See:
        apt-mark(8)
    """

    code, name, severity, since = "DU111", "held", Severity.WARNING, "0.4"

    def check(self, here: Installation) -> Iterator[Finding]:
        for package in here.packages.values():
            if package.held and (is_of_dachs(package.name) or re.match(r"postgresql(-|$)", package.name)):
                yield self.finding(f"{package.name} is kept at {package.version}: it is on hold", subject=package.name,
                                   hint=f"run 'apt-mark unhold {package.name}', if there is no reason for it any more")
