"""Comparison DD301: capability-gone."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.comparison import Comparison, Pair, rd_of_service


class CapabilityGone(Comparison):
    """Services can do all that they could.

    Compared are capabilities, the addresses of their interfaces (without the root of the server), and of TAP the data
    models, the versions of ADQL and the functions. `allowed` and `publish` of the service in its RD decide on its
    interfaces; functions come and go with DaCHS, and `dachs imp //adql` makes those that stand in the database.

    See:
        TAPRegExt 1.0 (https://www.ivoa.net/documents/TAPRegExt/)
        VOResource 1.1 (https://www.ivoa.net/documents/VOResource/)
    """

    code, name, severity, since = "DD301", "capability-gone", Severity.ERROR, "0.3"

    def compare(self, pair: Pair) -> Iterator[Finding]:
        for service, what in pair.gone_features():
            yield self.finding(f"{service}: {what}", f"{service} has the {what} no more", rd=rd_of_service(service))
