"""Check DP500: registry-identify."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.client import oai, vosi
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.probe.centre import Centre, Service
from dachsadmin.probe.check import Check

_PLACEHOLDERS = ("invalid@example.com", "invalid@whereever.else")


class RegistryIdentify(Check):
    """The publishing registry says whose it is, and where.

    Registries of the VO harvest from there, and write to adminEmail when something is wrong. DaCHS takes both from
    contact.email in etc/defaultmeta.txt and from [web] serverURL in gavo.rc.

    See:
        Registry Interfaces 1.1 (https://www.ivoa.net/documents/RegistryInterface/)
    """

    code, name, severity, since = "DP500", "registry-identify", Severity.ERROR, "0.1"
    asks = ("registry",)

    def check(self, centre: Centre, service: Service) -> Iterator[Finding]:
        root = oai.ask(centre.web, "Identify")
        for fault in centre.schemata.faults(root) if centre.schemata else ():
            yield self.finding(service, f"the answer to Identify is not valid: {fault}", severity=Severity.WARNING)
        base = vosi.text(root, "Identify/baseURL")
        if not base.startswith(centre.web.announced):
            yield self.finding(service, f"the registry says that it is at {base or 'no address'}")
        mail = vosi.text(root, "Identify/adminEmail")
        if not mail or mail in _PLACEHOLDERS:
            yield self.finding(service, f"the registry has no contact ({mail or 'no address'})", severity=Severity.WARNING,
                               hint="set contact.email in etc/defaultmeta.txt")
