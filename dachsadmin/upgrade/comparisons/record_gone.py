"""Comparison DD400: record-gone."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.comparison import Comparison, Pair


class RecordGone(Comparison):
    """Every resource that was published is published.

    What DaCHS has no publication of leaves the registry, and so all clients that search there. Publish it again with `dachs
    pub`, or `dachs pub -u` tells registries that it is gone for good. Its IVOA identifier, which papers and other records
    refer to, stays the same; it is made of [ivoa] authority and the names of RD and service.

    See:
        IVOA Identifiers 2.0 (https://www.ivoa.net/documents/IVOAIdentifiers/)
    """

    code, name, severity, since = "DD400", "record-gone", Severity.ERROR, "0.3"

    def compare(self, pair: Pair) -> Iterator[Finding]:
        before, after = pair.of("records")
        for name, was in sorted(before.items()):
            rd, now = name.partition("#")[0], after.get(name)
            if now is None:
                yield self.finding(name, f"{name} is not published any more", rd=rd, hint=f"run 'dachs pub {rd}'")
            elif now != was:
                yield self.finding(name, f"the identifier of {name} was {was}, and is {now}", rd=rd)
