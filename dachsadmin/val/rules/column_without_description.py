"""DA210: columns that nobody explains."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document, Element
from dachsadmin.rd.quantities import Quantity, quantities
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class ColumnWithoutDescription(Rule):
    """A column that users can query needs a description.

    TAP clients show it beside the name; without it, users guess. No standard requires one.

    Bad:
        <table id="main" onDisk="True" adql="True"><column name="pm_ra" unit="deg/yr"/></table>
    Good:
        <table id="main" onDisk="True" adql="True">
          <column name="pm_ra" unit="deg/yr" description="Proper motion in RA, with cos(dec) applied"/></table>
    See: TAP 1.1, section 4.3
    """

    code, name, severity, since = "DA210", "column-without-description", Severity.WARNING, "0.1"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        lacking: dict[int, list[Quantity]] = {}
        tables: dict[int, Element] = {}
        for quantity in quantities(rd):
            table = quantity.table
            if quantity.judged and table is not None and _is_visible(quantity.element, table):
                tables[table.index] = table
                lacking.setdefault(table.index, []).append(quantity)
        for index, found in lacking.items():
            names = ", ".join(quantity.name for quantity in found[:5]) + (", ..." if len(found) > 5 else "")
            count = "1 column" if len(found) == 1 else f"{len(found)} columns"
            owner = tables[index].get("id") or ""
            yield self.finding(rd, found[0].element, f"{count} of table {owner!r} without description: {names}",
                               subject=owner)


def _is_visible(column: Element, table: Element) -> bool:
    """Whether TAP shows a column, and nothing is said about it, nor taken over from another column."""
    if "description" in column.attrib or "original" in column.attrib or column.attrib.get("hidden") == "True":
        return False
    if (table.get("adql") or "").strip().lower() not in ("true", "yes", "t", "y", "on", "1"):
        return False
    return column.get("description") is None and column.get("original") is None
