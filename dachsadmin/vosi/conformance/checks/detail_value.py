"""Check DC304: detail-value."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.vosi.conformance.check import Check
from dachsadmin.vosi.conformance.publication import Publication


class DetailValue(Check):
    """A value of detail that there is not does not break the server.

    VOSI 1.1 knows min and max. DaCHS takes everything else for max, which no operator can mend and is information; an
    internal error (5xx) is a warning.

    See:
        VOSI 1.1 (https://www.ivoa.net/documents/VOSI/)
    """

    code, name, severity, since = "DC304", "detail-value", Severity.INFO, "0.3"
    wants = ("tableset",)
    of_servers = True

    def check(self, publication: Publication) -> Iterator[Finding]:
        answer = publication.bogus
        if answer is None:
            return
        if not answer.fault:
            yield self.finding(answer, "detail=bogus is taken without an error")
        elif not 400 <= answer.status < 500:
            yield self.finding(answer, answer.fault, severity=Severity.WARNING)
