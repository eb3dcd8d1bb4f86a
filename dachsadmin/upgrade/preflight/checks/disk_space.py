"""Check DU308: disk-space."""

from __future__ import annotations

import os
from collections.abc import Iterator

from dachsadmin.errors import EnvironmentFault
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.preflight.check import Check
from dachsadmin.upgrade.preflight.installation import Installation

PACKAGES_NEED = 500_000_000
"""Bytes; DaCHS and all that it depends on, downloaded and unpacked."""


class DiskSpace(Check):
    """There is room for a backup of the database, and for the packages.

    A dump is mostly smaller than the database, which has indexes and room that is not used; that it fits is certain where
    there is as much room as the database takes. Where there is less, back up to another disk, or what DaCHS itself needs only.

    See:
        https://www.postgresql.org/docs/current/app-pgdump.html
    """

    code, name, severity, since = "DU308", "disk-space", Severity.WARNING, "0.4"

    def check(self, here: Installation) -> Iterator[Finding]:
        for place in ("/var/cache/apt/archives", "/usr"):
            free = _free(here, place)
            if free < PACKAGES_NEED:
                yield self.finding(f"{place} has room for {_size(free)} only", file=place, subject=place,
                                   hint="run 'apt-get clean', and 'df -h' to see what else takes room")
        size = int(here.database.scalar("SELECT pg_database_size(current_database())"))
        free = _free(here, here.backup)
        if free < size:
            yield self.finding(f"the database takes {_size(size)}, and {here.backup} has room for {_size(free)}",
                               file=here.backup, subject=here.backup,
                               hint="set paths.backup in /etc/dachsadmin/dachsadmin.yaml to a directory with more room")


def _free(here: Installation, place: str) -> int:
    """The bytes that may still be written where a directory is, or will be."""
    path = here.host.real(place)
    while not os.path.isdir(path):
        path = os.path.dirname(path)
    try:
        found = os.statvfs(path)
    except OSError as error:
        raise EnvironmentFault(f"how much room {place} has is not known: {error.strerror}", f"run 'df -h {place}'") from None
    return found.f_bavail * found.f_frsize


def _size(count: float) -> str:
    for unit in ("kB", "MB", "GB"):
        count /= 1000
        if count < 1000:
            return f"{count:.0f} {unit}" if count >= 10 else f"{count:.1f} {unit}"
    return f"{count / 1000:.1f} TB"
