"""Comparison DD900: not-compared."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.comparison import Comparison, Pair
from dachsadmin.upgrade.contract import PARTS


class NotCompared(Comparison):
    """What one snapshot has, the other one has.

    A part that only one of them has was not compared: nobody knows what is gone, or new. The server did not answer, the
    database did not, or it was not asked for (`--tests`, `--no-val`). Take the snapshot again, or live with not knowing.

    See:
        dachsadmin-upgrade(8)
    """

    code, name, severity, since = "DD900", "not-compared", Severity.INFO, "0.3"

    def compare(self, pair: Pair) -> Iterator[Finding]:
        for part, told in PARTS.items():
            taken = [getattr(one, part) is not None for one in (pair.before, pair.after)]
            if taken.count(True) == 1:
                without, when = (pair.after, "now") if taken[0] else (pair.before, "before")
                yield self.untested(part, f"{told}: not taken {when} ({without.not_taken.get(part) or 'nobody knows why'})")
