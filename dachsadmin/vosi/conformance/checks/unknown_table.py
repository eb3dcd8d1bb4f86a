"""Check DC307: unknown-table."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.vosi.conformance.check import Check, demanded
from dachsadmin.vosi.conformance.publication import Publication


class UnknownTable(Check):
    """A table that there is not is answered with status 404.

    Clients and caches tell by it that there is none; another document, or a page with status 200, is taken for the answer.
    Where a server announces VOSI 1.0 only, this is a warning.

    See:
        VOSI 1.1 (https://www.ivoa.net/documents/VOSI/)
    """

    code, name, severity, since = "DC307", "unknown-table", Severity.ERROR, "0.3"
    wants = ("tableset",)
    of_servers = True

    def check(self, publication: Publication) -> Iterator[Finding]:
        answer = publication.unknown
        if answer is not None and answer.status not in (404, 410):
            said = f"HTTP status {answer.status}" if answer.status else answer.fault
            severity = demanded(publication) if answer.status == 200 else Severity.WARNING
            yield self.finding(answer, f"a table that there is not is answered with {said}", severity=severity)
