"""Comparison DD410: new-record."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.comparison import Comparison, Pair


class NewRecord(Comparison):
    """Resources that are newly published are meant to be.

    Registries will harvest them within a day or so.

    See:
        Registry Interfaces 1.1 (https://www.ivoa.net/documents/RegistryInterface/)
    """

    code, name, severity, since = "DD410", "new-record", Severity.INFO, "0.3"

    def compare(self, pair: Pair) -> Iterator[Finding]:
        before, after = pair.of("records")
        for name in sorted(set(after) - set(before)):
            yield self.finding(name, f"{name} is published now", rd=name.partition("#")[0])
