"""Check DP410: sia-query."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.client import votable
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.probe import files
from dachsadmin.probe.centre import Centre, Service
from dachsadmin.probe.check import Check


class SiaQuery(Check):
    """An SIA query finds images, says that it did (QUERY_STATUS), and the first can be fetched.

    The query is the one that the service gives as its test (meta testQuery), else one for the whole sky. If it finds
    nothing, the test is somewhere else than the images, or the table is empty: run `dachs imp`.

    See:
        SIA 1.0 (https://www.ivoa.net/documents/SIA/)
        SIA 2.0 (https://www.ivoa.net/documents/SIA/)
    """

    code, name, severity, since = "DP410", "sia-query", Severity.ERROR, "0.1"
    asks = ("sia", "sia2")

    def check(self, centre: Centre, service: Service) -> Iterator[Finding]:
        results = centre.found(service)
        found = votable.wrap(results.votable)
        if not found.status[0]:
            yield self.finding(service, "the answer has no QUERY_STATUS")
        if not found.rows:
            yield self.finding(service, "the service finds no images where its test query asks", severity=Severity.WARNING)
            return
        row = next(iter(results))
        sia1 = service.protocol == "sia"
        url = str((row.acref if sia1 else row["access_url"]) or "")
        if not url:
            yield self.finding(service, "there are images without an access reference")
            return
        answer = centre.web.get(url, enough=files.ENOUGH)
        for wrong in files.faults(answer, str((row.format if sia1 else row["access_format"]) or ""), None):
            yield self.finding(service, f"the access reference of an image {wrong}", url=url)
