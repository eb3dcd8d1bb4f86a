"""Comparison DD401: identifier-gone."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.comparison import Comparison, Pair, rd_of_record


class IdentifierGone(Comparison):
    """Every record that the registry had is there, and not deleted.

    Registries take a deleted record out of the VO with the next harvest, and keep one that is gone without a word as a
    ghost.

    See:
        OAI-PMH 2.0 (https://www.openarchives.org/OAI/openarchivesprotocol.html)
        Registry Interfaces 1.1 (https://www.ivoa.net/documents/RegistryInterface/)
    """

    code, name, severity, since = "DD401", "identifier-gone", Severity.ERROR, "0.3"

    def compare(self, pair: Pair) -> Iterator[Finding]:
        before, after = pair.of("identifiers")
        for name, was in sorted(before.items()):
            now = after.get(name)
            if not was.deleted and (now is None or now.deleted):
                yield self.finding(name, f"the record {name} is {'deleted' if now else 'gone'}", rd=rd_of_record(name))
