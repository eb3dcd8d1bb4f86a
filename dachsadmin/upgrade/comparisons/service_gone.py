"""Comparison DD300: service-gone."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.comparison import Comparison, Pair, rd_of_service


class ServiceGone(Comparison):
    """Every service that was there is there.

    What the registry has told of is bookmarked, and stands in scripts. A service leaves with its publication, its RD or an
    RD that does not load: look with `dachsadmin val`, and publish it again with `dachs pub`.

    See:
        Registry Interfaces 1.1 (https://www.ivoa.net/documents/RegistryInterface/)
    """

    code, name, severity, since = "DD300", "service-gone", Severity.ERROR, "0.3"

    def compare(self, pair: Pair) -> Iterator[Finding]:
        before, after = pair.of("services")
        for service in sorted(set(before) - set(after)):
            rd = rd_of_service(service)
            yield self.finding(service, f"the service {service} has no capabilities any more", rd=rd,
                               hint=f"run 'dachsadmin val {rd}', and 'dachs pub {rd}'" if rd else "")
