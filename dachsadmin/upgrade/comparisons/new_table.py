"""Comparison DD110: new-table."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.comparison import Comparison, Pair


class NewTable(Comparison):
    """Tables that are new are meant to be there.

    Worth knowing after a change that should have brought none: what is listed can be asked by everybody.

    See:
        TAP 1.1, section 4 (https://www.ivoa.net/documents/TAP/)
    """

    code, name, severity, since = "DD110", "new-table", Severity.INFO, "0.3"

    def compare(self, pair: Pair) -> Iterator[Finding]:
        for new in pair.new_tables():
            yield self.finding(new.subject, f"the table {new.subject} is new in {new.where}", rd=new.rd)
