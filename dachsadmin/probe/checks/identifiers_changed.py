"""Check DP502: identifiers-changed."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.probe.centre import Centre, Service
from dachsadmin.probe.check import Check


class IdentifiersChanged(Check):
    """The identifiers of the registry are those of the last time.

    Papers and other records refer to them, and what disappears without a word stays in the registries of the VO as a
    ghost. They change with [ivoa] authority, and when a resource directory, an RD or a service is renamed. The last time
    is that of the last run with --registry on this machine.

    See:
        IVOA Identifiers 2.0 (https://www.ivoa.net/documents/IVOAIdentifiers/)
    """

    code, name, severity, since = "DP502", "identifiers-changed", Severity.WARNING, "0.1"
    asks = ("registry",)

    def check(self, centre: Centre, service: Service) -> Iterator[Finding]:
        if centre.only or centre.remembered is None:
            return
        for identifier in sorted(set(centre.remembered) - {record.identifier for record in centre.records()}):
            yield self.finding(service, f"the record {identifier} was there the last time, and is not now",
                               subject=identifier)
