"""DA133: foreign keys over columns that do not exist."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.columns import Columns, columns_of, columns_of_reference
from dachsadmin.rd.document import Document
from dachsadmin.rd.expansion import Node, all_nodes, children
from dachsadmin.rd.language import suggest
from dachsadmin.rd.references import place_of
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class UnknownForeignKeyColumn(Rule):
    """The columns of a foreign key must exist, in both tables.

    DaCHS checks nothing here: the import fails, or clients are told of a relation that they cannot use.
    Without `dest` the columns are called alike in both tables.

    Bad:
        <table id="stars" onDisk="True" primary="id"><column name="id"/></table>
        <table id="mags" onDisk="True">
          <column name="star"/><foreignKey inTable="stars" source="star"/>
        </table>
    Good:
        <table id="stars" onDisk="True" primary="id"><column name="id"/></table>
        <table id="mags" onDisk="True">
          <column name="star"/><foreignKey inTable="stars" source="star" dest="id"/>
        </table>
    See: https://docs.g-vo.org/DaCHS/ref.html#element-foreignkey
    """

    code, name, severity, since = "DA133", "unknown-foreign-key-column", Severity.ERROR, "0.1"
    profile = "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for table in all_nodes(rd, site, "table"):
            for child in children(table, site):
                if child.tag == "foreignKey":
                    here, there = columns_of(table, site), columns_of_reference(child.get("inTable") or "", child, site)
                    yield from self._key(rd, child, "source", child.get("source"), here, table.get("id") or "")
                    dest = child.get("dest")
                    yield from self._key(rd, child, "dest" if dest else "source", dest or child.get("source"), there,
                                         child.get("inTable") or "")

    def _key(self, rd: Document, key: Node, attribute: str, written: str | None, known: Columns,
             table: str) -> Iterator[Finding]:
        if not written or "\\" in written:
            return
        for name in (part.strip() for part in written.split(",") if part.strip()):
            if known.complete and not known.has_in_database(name):
                near = suggest(name, known.columns)
                place = place_of(key)
                yield self.finding(
                    rd, place, f"the foreign key has {name!r}, which is no column of table {table}",
                    attribute=attribute if place is key.element else "", value=name, subject=f"{table}.{name}",
                    hint=f"write {near!r}" if near else "")
