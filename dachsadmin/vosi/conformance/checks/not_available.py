"""Check DC107: not-available."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.vosi.conformance.check import Check
from dachsadmin.vosi.conformance.publication import Publication


class NotAvailable(Check):
    """The service says that it is available.

    Monitors of the VO ask for /availability. With DaCHS, the operator sets what it says.

    See:
        VOSI 1.1 (https://www.ivoa.net/documents/VOSI/)
    """

    code, name, severity, since = "DC107", "not-available", Severity.WARNING, "0.3"
    wants = ("availability",)
    of_servers = True

    def check(self, publication: Publication) -> Iterator[Finding]:
        for document in publication.understood("availability"):
            available, notes = document.available
            if available not in ("true", "1"):
                yield self.finding(document, f"the service says that it is not available: {notes or 'no reason is given'}")
