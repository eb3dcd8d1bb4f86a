"""Comparison DD310: new-service."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.comparison import Comparison, Pair, rd_of_service


class NewService(Comparison):
    """Services that are new are meant to be there.

    Worth knowing after a change that should have brought none.

    See:
        Registry Interfaces 1.1 (https://www.ivoa.net/documents/RegistryInterface/)
    """

    code, name, severity, since = "DD310", "new-service", Severity.INFO, "0.3"

    def compare(self, pair: Pair) -> Iterator[Finding]:
        before, after = pair.of("services")
        for service in sorted(set(after) - set(before)):
            yield self.finding(service, f"the service {service} is new", rd=rd_of_service(service))
