"""Comparison DD103: description-changed."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.comparison import Comparison, Pair


class DescriptionChanged(Comparison):
    """Tables and columns keep their descriptions.

    People read them, programs do not: worth knowing, in case it was not you who changed them.

    See:
        VODataService 1.2 (https://www.ivoa.net/documents/VODataService/)
    """

    code, name, severity, since = "DD103", "description-changed", Severity.INFO, "0.3"

    def compare(self, pair: Pair) -> Iterator[Finding]:
        tables, columns = pair.changed_tables("description"), pair.changed_columns("description")
        for kind, changed in [*(("table", one) for one in tables), *(("column", one) for one in columns)]:
            yield self.finding(changed.subject, f"the {kind} {changed.subject} has changed: {changed.changes}", rd=changed.rd)
