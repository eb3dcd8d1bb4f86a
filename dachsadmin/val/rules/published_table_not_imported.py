"""Rule DA404: The tables of a published RD are imported."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.sql import own_tables
from dachsadmin.val.database_facts import DatabaseRule, is_on_disk
from dachsadmin.val.site import Site


class PublishedTableNotImported(DatabaseRule):
    """The tables of a published RD are imported.

    The registry sends people to a service whose table is not there: all they get are errors. It happens when an import
    fails half-way (`dachs imp` drops the old tables first), or after a table was dropped by hand.

    Bad:
        <table id="data" onDisk="True" adql="True"><column name="ra"/></table>
    Good:
        <table id="data" onDisk="False"><column name="ra"/></table>
    See: DaCHS operator's guide, dachs imp, dachs pub
    """

    code, name, severity, since = "DA404", "published-table-not-imported", Severity.ERROR, "0.1"

    def ask(self, rd: Document, site: Site) -> Iterator[Finding]:
        assert site.database is not None
        tables = [own for own in own_tables(rd, site).by_name.values() if is_on_disk(own.node)
                  and (own.node.get("adql") or "False").lower() not in ("false", "no", "off", "0")]
        if not tables or rd.rd_id not in site.database.published():
            return
        for own in tables:
            if site.database.table(own.full_name) is None:
                yield self.finding(rd, own.node.site, f"{rd.rd_id} is published, but its table {own.full_name} is not "
                                   f"in the database {site.database}", subject=own.full_name,
                                   hint=f"run 'dachs imp {rd.rd_id}'")
