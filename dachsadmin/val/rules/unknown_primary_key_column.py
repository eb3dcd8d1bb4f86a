"""DA131: primary keys over columns that do not exist."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.columns import columns_of
from dachsadmin.rd.document import Document
from dachsadmin.rd.expansion import all_nodes
from dachsadmin.rd.language import suggest
from dachsadmin.rd.references import place_of
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class UnknownPrimaryKeyColumn(Rule):
    """The primary key of a table is made of its columns.

    DaCHS refuses the RD otherwise. It minds case here, and params will not do.

    Bad:
        <table id="stars" primary="objId"><column name="obj_id"/></table>
    Good:
        <table id="stars" primary="obj_id"><column name="obj_id"/></table>
    See: https://docs.g-vo.org/DaCHS/ref.html#element-table
    """

    code, name, severity, since = "DA131", "unknown-primary-key-column", Severity.ERROR, "0.1"
    profile = "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for table in all_nodes(rd, site, "table", "outputTable"):
            primary = table.get("primary")
            if not primary or "\\" in primary:
                continue
            known = columns_of(table, site)
            for name in (part.strip() for part in primary.split(",") if part.strip()):
                if known.complete and name not in known.columns and f"quoted/{name}" not in known.columns:
                    near = suggest(name, known.columns)
                    place = place_of(table)
                    yield self.finding(
                        rd, place, f"the primary key has {name!r}, which is no column of table {table.get('id')}",
                        attribute="primary" if place is table.element else "", value=name,
                        subject=f"{table.get('id') or ''}.{name}", hint=f"write {near!r}" if near else "")
