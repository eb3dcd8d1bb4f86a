"""Check DU110: half-installed."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.preflight.check import Check
from dachsadmin.upgrade.preflight.installation import Installation


class HalfInstalled(Check):
    """dpkg has finished with every package.

    With one that is unpacked and not configured, apt does nothing else before that is mended. After a `dachs upgrade` that
    failed in apt it is gavodachs2-server: mend what it stumbled over, and have dpkg go on.

    See:
        dpkg(1), PACKAGE STATES
    """

    code, name, severity, since = "DU110", "half-installed", Severity.ERROR, "0.4"

    def check(self, here: Installation) -> Iterator[Finding]:
        for package in here.packages.values():
            if package.to_reinstall:
                yield self.finding(f"{package.name} {package.version} is broken and has to be installed again",
                                   subject=package.name, hint=f"run 'apt-get install --reinstall {package.name}'")
            elif package.state == "half-installed":
                yield self.finding(f"{package.name} {package.version} is half-installed", subject=package.name,
                                   hint=f"run 'apt-get install --reinstall {package.name}'")
            elif package.state != "installed":
                yield self.finding(f"{package.name} {package.version} is {package.state}", subject=package.name,
                                   hint="run 'dpkg --configure -a', and look why it fails if it does")
