"""DA132: indexes over columns that do not exist."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.columns import columns_of
from dachsadmin.rd.document import Document
from dachsadmin.rd.expansion import Node, all_nodes, children
from dachsadmin.rd.language import suggest
from dachsadmin.rd.macros import is_true
from dachsadmin.rd.references import place_of
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class UnknownIndexColumn(Rule):
    """The columns of an index must exist.

    DaCHS does not look; the import fails at its very end, when the index is made. Where an expression stands in the
    index, its columns only tell ADQL users what is fast.

    Bad:
        <table id="stars" onDisk="True"><column name="mag"/><index columns="magnitude"/></table>
    Good:
        <table id="stars" onDisk="True"><column name="mag"/><index columns="mag"/></table>
    See: https://docs.g-vo.org/DaCHS/ref.html#element-index
    """

    code, name, severity, since = "DA132", "unknown-index-column", Severity.ERROR, "0.1"
    profile = "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for table in all_nodes(rd, site, "table"):
            if is_true(table.get("onDisk")):
                for child in children(table, site):
                    if child.tag == "index" and child.get("columns"):
                        yield from self._index(rd, table, child, site)

    def _index(self, rd: Document, table: Node, index: Node, site: Site) -> Iterator[Finding]:
        written = index.get("columns") or ""
        if "\\" in written:
            return
        known = columns_of(table, site)
        for name in (part.strip() for part in written.split(",")):
            if not name.isidentifier() or not known.complete or known.has_in_database(name):
                continue
            expression = bool(index.element.text.strip()) or bool(table.get("viewStatement"))
            near = suggest(name, known.columns)
            place = place_of(index)
            yield self.finding(
                rd, place, f"the index is over {name!r}, which is no column of table {table.get('id')}"
                + ("" if expression else ": dachs imp will fail"),
                attribute="columns" if place is index.element else "", value=name,
                subject=f"{table.get('id') or ''}.{name}", severity=Severity.WARNING if expression else None,
                hint=f"write {near!r}" if near else "")
