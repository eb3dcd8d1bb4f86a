"""Check DU502: clock."""

from __future__ import annotations

import email.utils
import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

from dachsadmin.errors import AdminError
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.preflight.check import Check
from dachsadmin.upgrade.preflight.installation import Installation

LISTS = "/var/lib/apt/lists"
TOLERATED = timedelta(minutes=10)
_SET_IT = "run 'timedatectl set-ntp true', or 'apt-get install systemd-timesyncd'"


class Clock(Check):
    """This machine's clock is right.

    With one that is behind, apt refuses archives as not valid yet, and certificates too; and which backup is the newer
    one cannot be told. It is compared with the dates of the archives that apt has, and with the database server's.

    See:
        https://wiki.debian.org/DateTime
    """

    code, name, severity, since = "DU502", "clock", Severity.WARNING, "0.4"

    def check(self, here: Installation) -> Iterator[Finding]:
        now = here.host.clock()
        newest: tuple[datetime, str] | None = None
        for name in here.host.names(LISTS):
            if name.endswith("Release"):
                said = re.search(rb"(?m)^Date: (.*)$", here.host.read(f"{LISTS}/{name}"))
                moment = _moment(said[1].decode("ascii", "replace")) if said else None
                if moment is not None and (newest is None or moment > newest[0]):
                    newest = moment, name
        if newest is not None and newest[0] > now + TOLERATED:
            yield self.finding(f"the clock is behind: it says {now:%Y-%m-%d %H:%M}, and apt has an archive of "
                               f"{newest[0]:%Y-%m-%d %H:%M} (UTC)", file=f"{LISTS}/{newest[1]}", subject="apt", hint=_SET_IT)
        try:
            there = here.database.scalar("SELECT clock_timestamp()")
        except AdminError:
            return  # another check tells
        apart = abs(there - here.host.clock())
        if apart > timedelta(minutes=1):
            yield self.finding(f"the clocks of this machine and of the database server are {apart.total_seconds():.0f} s apart",
                               subject="database", hint=_SET_IT)


def _moment(text: str) -> datetime | None:
    try:
        found = email.utils.parsedate_to_datetime(text.strip())
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)
