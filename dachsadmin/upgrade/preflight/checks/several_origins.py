"""Check DU105: several-origins."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.preflight.check import Check
from dachsadmin.upgrade.preflight.installation import Installation


class SeveralOrigins(Check):
    """One archive has DaCHS, or there is a pin that says which one is meant.

    GAVO's repository and Debian both have it, and apt takes the newest version of either: after a release of Debian that
    may be another line than the one before. release and beta together mean beta.

    See:
        apt_preferences(5)
    """

    code, name, severity, since = "DU105", "several-origins", Severity.INFO, "0.4"

    def check(self, here: Installation) -> Iterator[Finding]:
        places = {(offer.archive, offer.suite): offer.version for offer in here.offers}
        package = here.of_dachs[0].name
        if len(places) < 2 or any(pin.of(package) for pin in here.pins):
            return
        told = ", ".join(f"{version} from {suite} of {archive}" for (archive, suite), version in places.items())
        archive, suite = next(iter(places))
        pin = f"origin {archive.split('/')[2]}" if "://" in archive else f"release n={suite}"
        yield self.finding(
            f"{len(places)} archives have {package}: {told}", subject=package,
            hint=f"put 'Package: gavodachs2-* python3-gavo*', 'Pin: {pin}' and 'Pin-Priority: 990' into "
            "/etc/apt/preferences.d/dachs.pref")
