"""Check DU104: other-debian."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.system.aptsources import Source, renamed
from dachsadmin.upgrade.preflight.check import Check
from dachsadmin.upgrade.preflight.installation import Installation

MOVING = frozenset({"stable", "oldstable", "oldoldstable", "testing"})
"""Suites that are another Debian after each release."""


class OtherDebian(Check):
    """Packages of Debian come from the release that this machine has.

    What comes along with DaCHS from another one can draw in a newer libc or Python, and half of the machine with it; a name
    such as stable does so on the day of Debian's next release. Where it is wanted, as for some packages of sid, a pin
    below 500 keeps apt from taking all else from there.

    See:
        apt_preferences(5)
        https://wiki.debian.org/DontBreakDebian
    """

    code, name, severity, since = "DU104", "other-debian", Severity.WARNING, "0.4"

    def check(self, here: Installation) -> Iterator[Finding]:
        if not here.codename:
            return
        for source in here.sources:
            release = re.sub(r"[-/](updates|security|backports|backports-sloppy|proposed-updates|updates/?)$", "", source.suite)
            if source.kind != "deb" or not _is_debian(source) or release == here.codename or _is_pinned(here, release):
                continue
            what = "is another release of Debian with each year or two" if release in MOVING else "is another Debian"
            yield self.finding(
                f"{source.suite} {what}, and this machine has {here.codename}", file=source.file, line=source.line,
                subject=source.uri, value=source.suite,
                hint=renamed(source, release, here.codename))


def _is_debian(source: Source) -> bool:
    return not source.of_gavo and re.search(r"/debian(-security)?/?$", source.uri) is not None


def _is_pinned(here: Installation, release: str) -> bool:
    return any("*" in pin.packages and pin.priority < 500 and re.search(rf"\b[na]={re.escape(release)}\b|^release {release}$",
                                                                       pin.pin) for pin in here.pins)
