"""Check DP400: ssa-query."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.client import votable
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.probe.centre import Centre, Service
from dachsadmin.probe.check import Check

_NEEDED = ("Access.Reference", "Access.Format", "Curation.PublisherDID", "DataID.Title",
           "Char.SpectralAxis.Coverage.Bounds.Start", "Char.SpectralAxis.Coverage.Bounds.Stop")


class SsaQuery(Check):
    """An SSA query finds spectra, and says that it did (QUERY_STATUS).

    HTTP status 200 proves nothing: a service whose RD broke while the server runs answers with it, and a QUERY_STATUS of
    ERROR. If the service finds nothing, its table is empty: run `dachs imp`. After a change of an RD, `dachsadmin val`
    tells whether it still loads.

    See:
        SSA 1.1 (https://www.ivoa.net/documents/SSA/)
    """

    code, name, severity, since = "DP400", "ssa-query", Severity.ERROR, "0.1"
    asks = ("ssa",)

    def check(self, centre: Centre, service: Service) -> Iterator[Finding]:
        found = votable.wrap(centre.found(service).votable)
        if not found.status[0]:
            yield self.finding(service, "the answer has no QUERY_STATUS")
        if not found.rows:
            yield self.finding(service, "the service finds no spectra", severity=Severity.WARNING,
                               hint="run 'dachs imp' on its RD")
        for utype in _NEEDED:
            if found.field(utype=utype) is None:
                yield self.finding(service, f"the answer has no column with utype ssa:{utype}", subject=utype)
        reference = found.field(utype="Access.Reference")
        if reference is not None and found.rows and not all(found.values(reference)):
            yield self.finding(service, "there are spectra without an access reference")
