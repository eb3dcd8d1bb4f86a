"""Check DU114: apt-busy."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.system import packages
from dachsadmin.upgrade.preflight.check import Check
from dachsadmin.upgrade.preflight.installation import Installation


class AptBusy(Check):
    """No other program is installing packages.

    See:
        https://wiki.debian.org/Teams/Dpkg/FAQ
    """

    code, name, severity, since = "DU114", "apt-busy", Severity.WARNING, "0.4"

    def check(self, here: Installation) -> Iterator[Finding]:
        for holder in {holder.process: holder for holder in packages.holders(here.host)}.values():
            who = f"process {holder.process} ({holder.name})" if holder.process else "a process of another namespace"
            yield self.finding(f"packages are being installed by {who}", subject=holder.lock, file=holder.lock,
                               hint=f"wait for it: 'ps -fp {holder.process}' shows it" if holder.process else "wait for it")
