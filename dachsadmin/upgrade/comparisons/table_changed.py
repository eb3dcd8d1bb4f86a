"""Comparison DD104: table-changed."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.comparison import Comparison, Pair


class TableChanged(Comparison):
    """Tables keep their utypes and foreign keys.

    Clients find tables of a data model by utypes, and offer joins along foreign keys. Up to DaCHS 2.11 the VOSI tables tell
    of no foreign keys of a single table; those of TAP_SCHEMA come with `dachs imp -m`.

    See:
        TAP 1.1, section 4 (https://www.ivoa.net/documents/TAP/)
    """

    code, name, severity, since = "DD104", "table-changed", Severity.WARNING, "0.3"

    def compare(self, pair: Pair) -> Iterator[Finding]:
        for changed in pair.changed_tables("utype", "keys"):
            yield self.finding(changed.subject, f"the table {changed.subject} has changed: {changed.changes}", rd=changed.rd)
