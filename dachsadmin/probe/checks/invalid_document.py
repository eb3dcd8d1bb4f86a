"""Check DP106: invalid-document."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.client import vosi
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.probe.centre import Centre, Service
from dachsadmin.probe.check import Check

_OF_SERVER = ("/tap/availability", "/tap/capabilities", "/tap/tables")


class InvalidDocument(Check):
    """What the server tells of itself is valid against the schemata of the VO.

    The schemata are those that DaCHS brings; where no DaCHS is installed, this is not tested. DaCHS makes valid
    documents of valid metadata: look for a meta element with a wrong value, which `dachsadmin val` finds, too.

    See:
        VOSI 1.1 (https://www.ivoa.net/documents/VOSI/)
        VODataService 1.2 (https://www.ivoa.net/documents/VODataService/)
    """

    code, name, severity, since = "DP106", "invalid-document", Severity.WARNING, "0.1"
    asks = ("server", "ssa", "sia", "sia2", "scs")

    def check(self, centre: Centre, service: Service) -> Iterator[Finding]:
        if centre.schemata is None:
            if service.protocol == "server":
                yield self.untested(service, "there are no schemata to validate with",
                                    hint="run 'apt-get install python3-gavo'")
            return
        for path in (f"/{service.rd}/{service.name}/capabilities",) if service.rd else _OF_SERVER:
            answer = centre.web.get(path)
            for fault in centre.schemata.faults(vosi.xml(answer, path)):
                yield self.finding(service, f"{path} is not valid: {fault}", url=answer.url, subject=path)
