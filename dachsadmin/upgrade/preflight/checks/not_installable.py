"""Check DU201: not-installable."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.preflight.check import Check
from dachsadmin.upgrade.preflight.installation import Installation


class NotInstallable(Check):
    """apt can install the next version with all that it depends on.

    What it depends on may be in another suite, on hold, or made for another Debian.

    See:
        apt-get(8)
    """

    code, name, severity, since = "DU201", "not-installable", Severity.ERROR, "0.4"

    def check(self, here: Installation) -> Iterator[Finding]:
        if here.preview.refused:
            suite = f" -t {here.target}" if here.target not in ("", "any", "backports") else ""
            yield self.finding(f"apt would not upgrade DaCHS: {'; '.join(here.preview.refused)}", subject=here.of_dachs[0].name,
                               hint=f"run 'apt-get -s install{suite} {here.of_dachs[0].name}' to see all that it says")
