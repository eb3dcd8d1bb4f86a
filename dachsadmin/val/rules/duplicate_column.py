"""DA130: columns that a table has twice."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.columns import names_of
from dachsadmin.rd.document import Document
from dachsadmin.rd.expansion import Node, all_nodes, children
from dachsadmin.rd.macros import is_true
from dachsadmin.rd.references import place_of
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class DuplicateColumn(Rule):
    """A table has a column only once.

    Of two columns with the same name DaCHS silently keeps the second (that is how one overrides what a mixin
    brings). Names that differ in case only are one name to PostgreSQL: it refuses to make the table.

    Bad:
        <table id="stars" onDisk="True">
          <column name="mag" description="Magnitude in V"/>
          <column name="mag" description="Magnitude in B"/>
        </table>
    Good:
        <table id="stars" onDisk="True">
          <column name="mag_v" description="Magnitude in V"/>
          <column name="mag_b" description="Magnitude in B"/>
        </table>
    See: https://docs.g-vo.org/DaCHS/ref.html#element-table
    """

    code, name, severity, since = "DA130", "duplicate-column", Severity.WARNING, "0.1"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for table in all_nodes(rd, site, "table", "outputTable"):
            yield from self._in_table(rd, table, site)

    def _in_table(self, rd: Document, table: Node, site: Site) -> Iterator[Finding]:
        seen: dict[str, tuple[str, Node]] = {}
        for child in children(table, site):
            names = names_of(child, site) if child.tag in ("column", "outputField") else ()
            if len(names) != 1:
                continue
            name = names[0]
            first, before = seen.setdefault(name.lower(), (name, child))
            if before is child:
                continue
            subject = f"{table.get('id') or ''}.{name}"
            where = f"line {rd.location(place_of(before)).line}"
            if first != name:
                if is_true(table.get("onDisk")) and not name.startswith("quoted/"):
                    yield self.finding(
                        rd, place_of(child), f"the columns {first!r} ({where}) and {name!r} differ in case only, "
                        "which PostgreSQL does not mind: dachs imp will fail", value=name, subject=subject,
                        severity=Severity.ERROR)
            elif child.element is not before.element and _written_here(child) and _written_here(before):
                yield self.finding(rd, place_of(child), f"the column {name!r} replaces the one in {where}", value=name,
                                   subject=subject)


def _written_here(node: Node) -> bool:
    return node.site is node.element
