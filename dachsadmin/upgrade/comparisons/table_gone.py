"""Comparison DD100: table-gone."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.comparison import Comparison, Pair


class TableGone(Comparison):
    """Every table that was there is there.

    Queries in papers and scripts name it. Three places are looked at: TAP_SCHEMA, the VOSI tables, and the database, in all
    schemas that RDs have tables in. A table that only the server does not tell of any more mostly belongs to an RD that
    does not load: `dachsadmin val` says why. One that has left the database has to be imported again, or comes from a
    backup.

    See:
        TAP 1.1, section 4 (https://www.ivoa.net/documents/TAP/)
        VOSI 1.1 (https://www.ivoa.net/documents/VOSI/)
    """

    code, name, severity, since = "DD100", "table-gone", Severity.ERROR, "0.3"

    def compare(self, pair: Pair) -> Iterator[Finding]:
        for gone in pair.gone_tables():
            yield self.finding(gone.subject, f"the table {gone.subject} is gone from {gone.where}", rd=gone.rd,
                               hint=f"run 'dachsadmin val {gone.rd}'" if gone.rd else "")
