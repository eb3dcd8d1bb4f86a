"""Comparison DD311: new-capability."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.comparison import Comparison, Pair, rd_of_service


class NewCapability(Comparison):
    """What services can do beyond what they could is meant to be.

    A newer DaCHS mostly brings some; see `capability-gone` for what is compared.

    See:
        TAPRegExt 1.0 (https://www.ivoa.net/documents/TAPRegExt/)
        VOResource 1.1 (https://www.ivoa.net/documents/VOResource/)
    """

    code, name, severity, since = "DD311", "new-capability", Severity.INFO, "0.3"

    def compare(self, pair: Pair) -> Iterator[Finding]:
        for service, what in pair.new_features():
            yield self.finding(f"{service}: {what}", f"{service} has a new {what}", rd=rd_of_service(service))
