"""Check DP102: not-available."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.client import vosi
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.probe.centre import Centre, Service
from dachsadmin.probe.check import Check


class NotAvailable(Check):
    """The server says that it is available.

    Monitors of the VO ask for /tap/availability. While the file MAINT is in DaCHS's state directory, every request is
    answered with status 503: remove it when the maintenance is done.

    See:
        VOSI 1.1 (https://www.ivoa.net/documents/VOSI/)
    """

    code, name, severity, since = "DP102", "not-available", Severity.ERROR, "0.1"
    asks = ("server",)

    def check(self, centre: Centre, service: Service) -> Iterator[Finding]:
        answer = centre.web.get("/tap/availability")
        if answer.status == 503:
            yield self.finding(service, "the server says that it is under maintenance (HTTP status 503)", url=answer.url,
                               hint="remove the file MAINT from DaCHS's state directory when the maintenance is done")
            return
        available, notes = vosi.availability(vosi.xml(answer, "/tap/availability"))
        if available not in ("true", "1"):
            yield self.finding(service, f"the server says that it is not available: {notes or 'no reason is given'}",
                               url=answer.url)
