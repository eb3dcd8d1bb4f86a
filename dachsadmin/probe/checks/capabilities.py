"""Check DP104: capabilities."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.client import vosi
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.probe.centre import Centre, Service
from dachsadmin.probe.check import Check

_STANDARDS = {"tap": "ivo://ivoa.net/std/tap", "ssa": "ivo://ivoa.net/std/ssa", "sia": "ivo://ivoa.net/std/sia",
              "sia2": "ivo://ivoa.net/std/sia#query-2.0", "scs": "ivo://ivoa.net/std/conesearch"}


class Capabilities(Check):
    """Each service has a VOSI document of its capabilities that tells where it is.

    Clients and the registry learn from it what a service can do. If it cannot be made, its RD does not load: run
    `dachsadmin val` on it.

    See:
        VOSI 1.1 (https://www.ivoa.net/documents/VOSI/)
    """

    code, name, severity, since = "DP104", "capabilities", Severity.ERROR, "0.1"
    asks = tuple(_STANDARDS)

    def check(self, centre: Centre, service: Service) -> Iterator[Finding]:
        path = f"/{service.rd}/{service.name}" if service.rd else "/tap"
        answer = centre.web.get(f"{path}/capabilities")
        told = vosi.capabilities(vosi.xml(answer, f"{path}/capabilities"))
        own = [one for one in told if one.standard.lower() == _STANDARDS[service.protocol]]
        if not own:
            yield self.finding(service, f"the capabilities have no {_STANDARDS[service.protocol]}", url=answer.url)
        for url in (interface.url for one in own for interface in one.interfaces if interface.role == "std"):
            if not url.startswith(centre.web.announced):
                yield self.finding(service, f"the capabilities lead to another server: {url}", url=answer.url,
                                   severity=Severity.WARNING)
