"""Check DP302: unknown-identifier."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.client import votable
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.probe.centre import Centre, Service
from dachsadmin.probe.check import Check

_UNKNOWN = "ivo://example.invalid/~?no/such/data"


class UnknownIdentifier(Check):
    """A Datalink service answers a request for an unknown identifier with an error row, not with an error.

    Clients ask for many identifiers at a time, and one that has gone must not spoil the links of the others. Code in a
    descriptor generator or metaMaker that raises anything but NotFoundFault does that.

    See:
        DataLink 1.1, section 3.4 (https://www.ivoa.net/documents/DataLink/)
    """

    code, name, severity, since = "DP302", "unknown-identifier", Severity.ERROR, "0.1"
    asks = ("links",)

    def check(self, centre: Centre, service: Service) -> Iterator[Finding]:
        for what, identifier in self._unknown(centre, service):
            answer = centre.web.get(service.url, {"ID": identifier})
            found = votable.read(answer, f"a Datalink request for {what}")
            state, told = found.status
            message = found.field(name="error_message")
            if state == "ERROR" or answer.status >= 400:
                yield self.finding(service, f"a request for {what} fails: {told or answer.status}", url=answer.url)
            elif message is None or not any(found.values(message)):
                yield self.finding(service, f"a request for {what} gives no row with an error_message", url=answer.url)

    def _unknown(self, centre: Centre, service: Service) -> Iterator[tuple[str, str]]:
        yield "an identifier of another publisher", _UNKNOWN
        for document in centre.linked(service)[:1]:
            for row in document:
                known = str(row["ID"])
                if "?" in known:
                    yield "an identifier that is not there", known.partition("?")[0] + "?no/such/data"
                    return
