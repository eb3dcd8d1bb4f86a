"""Comparison DD503: slower-answer."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.comparison import Comparison, Pair

_FACTOR = 3
_NOTICEABLE = 0.5
"""Seconds."""


class SlowerAnswer(Comparison):
    """Answers come as fast as before.

    The checks of probe are compared that take three times as long as before, and half a second longer. A server that has
    just been started is slow at first.

    See:
        dachsadmin-probe(1)
    """

    code, name, severity, since = "DD503", "slower-answer", Severity.INFO, "0.3"

    def compare(self, pair: Pair) -> Iterator[Finding]:
        for was, now in pair.trials():
            if (was and was.outcome == now.outcome != "untested" and now.seconds >= _FACTOR * was.seconds
                    and now.seconds - was.seconds >= _NOTICEABLE):
                yield self.finding(f"{now.subject} {now.name}", f"{now.name} of {now.subject} took {was.seconds:.2f} s, and "
                                   f"takes {now.seconds:.2f} s", rd=now.rd)
