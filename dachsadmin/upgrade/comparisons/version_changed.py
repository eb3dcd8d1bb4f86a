"""Comparison DD600: version-changed."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.comparison import Comparison, Pair


class VersionChanged(Comparison):
    """Versions that change are meant to.

    DaCHS, the packages of DaCHS and PostgreSQL, the schema of the database, and extensions of PostgreSQL are looked at.

    See:
        dachsadmin-upgrade(8)
    """

    code, name, severity, since = "DD600", "version-changed", Severity.INFO, "0.3"

    def compare(self, pair: Pair) -> Iterator[Finding]:
        for part in ("packages", "database"):
            before, after = pair.of(part)
            for name in sorted({*before, *after}):
                was, now = (versions.get(name) or "not there" for versions in (before, after))
                if was != now:
                    yield self.finding(f"{part} {name}", f"{name} was {was}, and is {now}")
