"""Comparison DD101: column-gone."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.comparison import Comparison, Pair


class ColumnGone(Comparison):
    """Every column that was there is there.

    Queries name columns, and fail without them. TAP_SCHEMA, the VOSI tables and the database are looked at. Bring the
    column back in the RD (a mixin of a newer DaCHS may have dropped or renamed it), and import it again.

    See:
        TAP 1.1, section 4 (https://www.ivoa.net/documents/TAP/)
        VOSI 1.1 (https://www.ivoa.net/documents/VOSI/)
    """

    code, name, severity, since = "DD101", "column-gone", Severity.ERROR, "0.3"

    def compare(self, pair: Pair) -> Iterator[Finding]:
        for gone in pair.gone_columns():
            yield self.finding(gone.subject, f"the column {gone.subject} is gone from {gone.where}", rd=gone.rd,
                               hint=f"run 'dachsadmin val {gone.rd}'" if gone.rd else "")
