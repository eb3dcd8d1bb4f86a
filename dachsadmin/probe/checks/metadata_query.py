"""Check DP430: metadata-query."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.client import votable
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.probe.centre import Centre, Service
from dachsadmin.probe.check import Check

_QUESTIONS = {"ssa": {"REQUEST": "queryData", "FORMAT": "METADATA"}, "sia": {"FORMAT": "METADATA"},
              "sia2": {"MAXREC": "0"}, "scs": {"RA": "0", "DEC": "0", "SR": "0"}}


class MetadataQuery(Check):
    """A service tells what it takes and gives, without a search (FORMAT=METADATA, MAXREC=0, SR=0).

    Clients make their forms of it, and registries their records.

    See:
        SSA 1.1 (https://www.ivoa.net/documents/SSA/)
        SIA 1.0 (https://www.ivoa.net/documents/SIA/)
        SCS 1.03 (https://www.ivoa.net/documents/latest/ConeSearch.html)
    """

    code, name, severity, since = "DP430", "metadata-query", Severity.ERROR, "0.1"
    asks = tuple(_QUESTIONS)

    def check(self, centre: Centre, service: Service) -> Iterator[Finding]:
        question = _QUESTIONS[service.protocol]
        what = "&".join(f"{name}={value}" for name, value in question.items())
        answer = centre.web.get(service.url, question)
        found = votable.read(answer, f"the answer to {what}")
        found.demand_success(f"a request with {what}")
        if found.table is None and not any(
                param.name.startswith("INPUT:") for resource in found.document.resources for param in resource.params):
            yield self.finding(service, f"the answer to {what} describes neither columns nor parameters", url=answer.url)
