"""DA212: columns without UCD."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document, Element
from dachsadmin.rd.quantities import quantities
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class ColumnWithoutUcd(Rule):
    """A column in TAP should have a UCD.

    Clients recognise what a column holds by its UCD, and the registry is searched by UCD. There is not always a
    fitting one; then leave it out.

    Bad:
        <table id="main" onDisk="True" adql="True"><column name="pm_ra" unit="deg/yr"/></table>
    Good:
        <table id="main" onDisk="True" adql="True"><column name="pm_ra" unit="deg/yr" ucd="pos.pm;pos.eq.ra"/></table>
    See: https://www.ivoa.net/documents/UCD1+/
    """

    code, name, severity, since = "DA212", "column-without-ucd", Severity.INFO, "0.1"
    profile = "strict"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        lacking: dict[int, list[str]] = {}
        first: dict[int, Element] = {}
        for quantity in quantities(rd):
            table = quantity.table
            if quantity.ucd is not None or not quantity.judged or table is None or quantity.element.get("original"):
                continue
            if (table.get("adql") or "").strip().lower() in ("true", "yes", "t", "y", "on", "1"):
                lacking.setdefault(table.index, []).append(quantity.name)
                first.setdefault(table.index, quantity.element)
        for index, names in lacking.items():
            shown = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
            owner = rd.order[index].get("id") or ""
            count = "1 column" if len(names) == 1 else f"{len(names)} columns"
            yield self.finding(rd, first[index], f"{count} of table {owner!r} without UCD: {shown}", subject=owner)
