"""Comparison DD102: column-changed."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.comparison import Comparison, Pair


class ColumnChanged(Comparison):
    """Columns keep their types, units, UCDs and utypes.

    Scripts rely on them without looking: a cut at 10 means something else in another unit, and clients find positions by
    UCDs. A newer DaCHS may describe columns of its mixins otherwise; then this is to be known, and not to be mended.

    See:
        VODataService 1.2, section 3.3 (https://www.ivoa.net/documents/VODataService/)
    """

    code, name, severity, since = "DD102", "column-changed", Severity.WARNING, "0.3"

    def compare(self, pair: Pair) -> Iterator[Finding]:
        for changed in pair.changed_columns("type", "unit", "ucd", "utype"):
            yield self.finding(changed.subject, f"the column {changed.subject} has changed: {changed.changes}", rd=changed.rd)
