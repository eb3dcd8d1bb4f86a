"""Check DU202: packages-removed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.system.packages import is_of_dachs
from dachsadmin.upgrade.preflight.check import Check
from dachsadmin.upgrade.preflight.installation import Installation


class PackagesRemoved(Check):
    """The upgrade removes no packages.

    apt removes what does not go with the new version. Where that is DaCHS itself or something of PostgreSQL, the server
    would be gone afterwards.

    See:
        apt-get(8)
    """

    code, name, severity, since = "DU202", "packages-removed", Severity.WARNING, "0.4"

    def check(self, here: Installation) -> Iterator[Finding]:
        for removal in here.preview.removals:
            needed = is_of_dachs(removal.package) or re.match("postgresql|python3$", removal.package) is not None
            yield self.finding(
                f"apt would remove {removal.package} {removal.version}", subject=removal.package,
                severity=Severity.ERROR if needed else None,
                hint=f"run 'apt-get -s install {here.of_dachs[0].name} {removal.package}' to see why it cannot stay")
