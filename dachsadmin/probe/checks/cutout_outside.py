"""Check DP304: cutout-outside."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.client import votable
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.probe import spectra
from dachsadmin.probe.centre import Centre, Service
from dachsadmin.probe.check import Check


class CutoutOutside(Check):
    """A cutout that lies outside of the data gives HTTP status 204, no content.

    Scripts that cut out one line from many spectra tell spectra without it from broken ones in this way. A dataFunction
    that raises EmptyData does it. DaCHS 2.13 answers with a status of the client's errors (4xx) instead, whatever the RD
    says; that is information.

    See:
        SODA 1.0 (https://www.ivoa.net/documents/SODA/)
    """

    code, name, severity, since = "DP304", "cutout-outside", Severity.WARNING, "0.1"
    asks = ("links",)

    def check(self, centre: Centre, service: Service) -> Iterator[Finding]:
        for processing in spectra.processings(centre.linked(service))[:1]:
            _, end = processing.part(0, 1)
            answer = centre.web.get(processing.url, {"ID": processing.identifier, "BAND": f"{2 * end} {3 * end}"})
            if answer.status == 204:
                continue
            if answer.status != 200:
                yield self.finding(service, f"a cutout outside of the data gives HTTP status {answer.status}, not 204",
                                   url=processing.url, severity=Severity.INFO if answer.status < 500 else Severity.WARNING)
            elif votable.parse(answer.body, "a cutout outside of the data").rows:
                yield self.finding(service, "a cutout outside of the data gives data", url=processing.url,
                                   severity=Severity.ERROR)
            else:
                yield self.finding(service, "a cutout outside of the data gives an empty table, not HTTP status 204",
                                   url=processing.url)
