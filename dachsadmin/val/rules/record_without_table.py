"""Rule DA405: What DaCHS has noted about tables is about tables that exist."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.val.database_facts import kept_in
from dachsadmin.val.rule import SiteRule
from dachsadmin.val.site import Site


class RecordWithoutTable(SiteRule):
    """What DaCHS has noted about tables is about tables that exist.

    A failed import, or a table that was dropped by hand, leaves rows behind in TAP_SCHEMA, dc.tablemeta and
    ivoa._obscoresources. Clients see tables that are not there, and `dachs upgrade` and `dachs imp //obscore` stop at
    them.

    Bad:
        tap_schema.tables has lamost6.data, the database has not
    Good:
        dachs imp lamost6/q
    See: DaCHS operator's guide, dachs purge; TAP 1.1, section 4
    """

    code, name, severity, since = "DA405", "record-without-table", Severity.ERROR, "0.1"

    def check_site(self, site: Site) -> Iterator[Finding]:
        if site.database is None:
            return
        kept: dict[tuple[str, str], list[str]] = {}
        for record in site.database.records():
            if not record.exists:
                kept.setdefault((record.table.lower(), record.rd), []).append(record.kept_in)
        for (table, rd_id), places in sorted(kept.items()):
            yield self.of_site(rd_id, site, f"{kept_in(places)} {table}, which is not in the database",
                               subject=table,
                               hint=f"run 'dachs imp {rd_id}', or 'dachs purge {table}' if it is gone for good")
