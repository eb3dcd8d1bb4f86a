"""Comparison DD411: new-identifier."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.comparison import Comparison, Pair, rd_of_record


class NewIdentifier(Comparison):
    """Records that are new in the registry are meant to be there.

    Registries will harvest them within a day or so.

    See:
        OAI-PMH 2.0 (https://www.openarchives.org/OAI/openarchivesprotocol.html)
    """

    code, name, severity, since = "DD411", "new-identifier", Severity.INFO, "0.3"

    def compare(self, pair: Pair) -> Iterator[Finding]:
        before, after = pair.of("identifiers")
        for name, now in sorted(after.items()):
            was = before.get(name)
            if not now.deleted and (was is None or was.deleted):
                yield self.finding(name, f"the record {name} is new", rd=rd_of_record(name))
