"""Check DU200: no-newer-version."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.preflight.check import Check
from dachsadmin.upgrade.preflight.installation import Installation


class NoNewerVersion(Check):
    """There is a newer DaCHS to upgrade to.

    If there is none, nothing is said of it here. `dachsadmin upgrade check -t any` looks at all suites that are
    configured, and `-t sid` or `-t trixie` at one that is not.

    See:
        https://docs.g-vo.org/DaCHS/install.html
    """

    code, name, severity, since = "DU200", "no-newer-version", Severity.INFO, "0.4"

    def check(self, here: Installation) -> Iterator[Finding]:
        if here.preview.refused or here.version:
            return
        package = here.of_dachs[0]
        others = [f"{offer.version} in {offer.suite}" for offer in here.offers if offer.version != package.version]
        told = f"; there is {', '.join(others)}" if others else ""
        yield self.finding(f"apt has nothing newer than {package.name} {package.version}{told}", subject=package.name,
                           hint="run 'dachsadmin upgrade check -t any' for all suites that are configured" if others else
                           "add the suite release of GAVO's repository as https://docs.g-vo.org/DaCHS/install.html says")
