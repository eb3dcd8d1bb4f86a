"""Check DP107: lost-service."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.client import oai
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.probe.centre import Centre, Service
from dachsadmin.probe.check import Check, can_be_pasted


class LostService(Check):
    """What is published can be described.

    When an RD does not load, DaCHS leaves the records of its services out without a word: registries drop them, and
    users find an error 500 where their service was. Its list of identifiers still has them. A server that runs keeps
    the last version of an RD that did load, so that such a fault shows after the next restart only.

    See:
        Registry Interfaces 1.1 (https://www.ivoa.net/documents/RegistryInterface/)
    """

    code, name, severity, since = "DP107", "lost-service", Severity.ERROR, "0.1"
    asks = ("server",)

    def check(self, centre: Centre, service: Service) -> Iterator[Finding]:
        if centre.only:
            return
        listed = {record.identifier for record in oai.identifiers(centre.web) if not record.deleted}
        for identifier in sorted(listed - {record.identifier for record in centre.records()}):
            path = identifier.removeprefix("ivo://").partition("/")[2]
            rd = path.rpartition("/")[0]
            yield self.finding(service, f"{path} is published, but the server cannot describe it", subject=identifier,
                               url=f"{centre.web.announced}/{path}/info",
                               hint=f"run 'dachsadmin val {rd}'" if can_be_pasted(rd) else "")
