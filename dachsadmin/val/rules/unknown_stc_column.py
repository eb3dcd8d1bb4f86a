"""DA137: coordinate systems over columns that do not exist."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.columns import columns_of
from dachsadmin.rd.document import Document
from dachsadmin.rd.expansion import all_nodes, children
from dachsadmin.rd.language import suggest
from dachsadmin.rd.references import place_of
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_COLUMN = re.compile(r'"([^"\\]*)"|\[\s*([A-Za-z_]\w*)\s*\]')


class UnknownStcColumn(Rule):
    """The columns that an stc element names must be in its table.

    They stand in quotes or brackets. DaCHS refuses the RD if one is missing, without telling the table.

    Bad:
        <table id="stars"><stc>Position ICRS "ra" "dec"</stc><column name="ra"/><column name="de"/></table>
    Good:
        <table id="stars"><stc>Position ICRS "ra" "dec"</stc><column name="ra"/><column name="dec"/></table>
    See: https://docs.g-vo.org/DaCHS/ref.html#element-stc
    """

    code, name, severity, since, profile = "DA137", "unknown-stc-column", Severity.ERROR, "0.1", "min"
    only_with = ("stc",)

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for table in all_nodes(rd, site, "table", "outputTable"):
            for child in children(table, site):
                if child.tag != "stc" or "\\" in child.text:
                    continue
                known = columns_of(table, site)
                for match in _COLUMN.finditer(child.text):
                    name = match[1] or match[2] or ""
                    if known.complete and name and name not in known.columns and f"quoted/{name}" not in known.columns:
                        near = suggest(name, known.columns)
                        yield self.finding(
                            rd, place_of(child), f"{name!r} is no column of table {table.get('id')}", value=name,
                            subject=f"{table.get('id') or ''}.{name}", hint=f"write {near!r}" if near else "")
