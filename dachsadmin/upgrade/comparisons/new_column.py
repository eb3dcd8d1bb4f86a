"""Comparison DD111: new-column."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.comparison import Comparison, Pair


class NewColumn(Comparison):
    """Columns that are new are meant to be there.

    A newer DaCHS adds columns to those of its mixins; that harms nobody who names columns.

    See:
        TAP 1.1, section 4 (https://www.ivoa.net/documents/TAP/)
    """

    code, name, severity, since = "DD111", "new-column", Severity.INFO, "0.3"

    def compare(self, pair: Pair) -> Iterator[Finding]:
        for new in pair.new_columns():
            yield self.finding(new.subject, f"the column {new.subject} is new in {new.where}", rd=new.rd)
