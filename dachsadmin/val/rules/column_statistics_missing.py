"""Rule DA408: DaCHS has looked at the values of published columns."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.val.database_facts import DatabaseRule, imported_tables
from dachsadmin.val.site import Site


class ColumnStatisticsMissing(DatabaseRule):
    """DaCHS has looked at the values of published columns.

    `dachs limits` notes minima, maxima, medians and frequent values, which clients get with the metadata (VODataService
    1.3) and DaCHS's own planner uses. Every `dachs imp` forgets them.

    Bad:
        <table id="data" onDisk="True" adql="True"><column name="ra"/></table>
    Good:
        <table id="data" onDisk="True"><column name="ra"/></table>
    See: DaCHS operator's guide, dachs limits
    """

    code, name, severity, since = "DA408", "column-statistics-missing", Severity.INFO, "0.1"
    profile = "strict"

    def ask(self, rd: Document, site: Site) -> Iterator[Finding]:
        assert site.database is not None
        for own, facts in imported_tables(rd, site):
            if facts.kind != "table" or (own.node.get("adql") or "").lower() not in ("true", "yes", "on", "1"):
                continue
            known = site.database.statistics(own.full_name)
            if known is not None and not known:
                message = f"'dachs limits' has not looked at {own.full_name} since its import"
                yield self.finding(rd, own.node.site, message, subject=own.full_name,
                                   hint=f"run 'dachs limits {rd.rd_id}'")
