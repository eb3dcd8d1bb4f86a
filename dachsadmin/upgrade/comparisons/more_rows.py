"""Comparison DD201: more-rows."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.comparison import Comparison, Pair


class MoreRows(Comparison):
    """Tables that have more rows than before are meant to grow.

    Imports go on while other things change; rows that come twice are seen here, too.

    See:
        dachsadmin-obscore(8)
    """

    code, name, severity, since = "DD201", "more-rows", Severity.INFO, "0.3"

    def compare(self, pair: Pair) -> Iterator[Finding]:
        for rows in pair.rows():
            if rows.now > rows.was:
                yield self.finding(rows.subject, rows.message, rd=pair.rd_of(rows.table))
