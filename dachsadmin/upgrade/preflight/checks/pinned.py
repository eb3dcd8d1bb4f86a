"""Check DU112: pinned."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.preflight.check import Check
from dachsadmin.upgrade.preflight.installation import Installation


class Pinned(Check):
    """A pin of DaCHS's packages lets the upgrade through.

    Pins above 1000 bring older versions back, pins below 0 keep all out; a pin of a version keeps that.

    See:
        apt_preferences(5)
    """

    code, name, severity, since = "DU112", "pinned", Severity.WARNING, "0.4"

    def check(self, here: Installation) -> Iterator[Finding]:
        for pin in here.pins:
            names = [package.name for package in here.of_dachs if pin.of(package.name)]
            if not names:
                continue
            if pin.priority < 0 or pin.priority >= 1000 or pin.pin.startswith("version "):
                yield self.finding(f"{', '.join(names)} cannot be upgraded freely: the pin is {pin.pin!r} with priority "
                                   f"{pin.priority}", file=pin.file, line=pin.line, subject=pin.pin,
                                   hint=f"take the pin out of {pin.file}, if there is no reason for it any more")
