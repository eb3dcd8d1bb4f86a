"""Comparison DD302: not-answering."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.comparison import Comparison, Pair


class NotAnswering(Comparison):
    """Server and database answer as they did.

    What answered when the first snapshot was taken answers when the second one is. While the server is in maintenance mode,
    nothing else of it can be compared.

    See:
        VOSI 1.1 (https://www.ivoa.net/documents/VOSI/)
    """

    code, name, severity, since = "DD302", "not-answering", Severity.ERROR, "0.3"

    def compare(self, pair: Pair) -> Iterator[Finding]:
        for what, why in pair.after.answers.items():
            if why and pair.before.answers.get(what) == "":
                yield self.finding(what, f"the {what} does not answer any more: {why}")
