"""DA315: direct grammars for several tables."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.expansion import all_nodes, children
from dachsadmin.rd.references import place_of
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class DirectGrammarNeedsOneMake(Rule):
    """A directGrammar feeds exactly one table.

    Its booster writes rows for one table; with several makes, or none, `dachs imp` fails. (The mixin for products
    adds a make of its own, so that tables with products cannot be fed directly.)

    Bad:
        <table id="a" onDisk="True"><column name="x"/></table><table id="b" onDisk="True"><column name="x"/></table>
        <data id="d"><directGrammar cBooster="res/b.c"/><make table="a"/><make table="b"/></data>
    Good:
        <table id="a" onDisk="True"><column name="x"/></table>
        <data id="d"><directGrammar cBooster="res/b.c"/><make table="a"/></data>
    See: https://docs.g-vo.org/DaCHS/booster.html
    """

    code, name, severity, since = "DA315", "direct-grammar-needs-one-make", Severity.ERROR, "0.1"
    profile = "min"
    only_with = ("directGrammar",)

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for data in all_nodes(rd, site, "data"):
            content = children(data, site)
            grammars = [child for child in content if child.tag == "directGrammar"]
            makes = [child for child in content if child.tag == "make"]
            if any(child.unknown for child in content) or data.get("original"):
                continue
            if grammars and len(makes) != 1:
                message = f"a directGrammar feeds one table, this data has {len(makes) or 'no'} makes"
                yield self.finding(rd, place_of(grammars[0]), f"{message}: dachs imp will fail",
                                   subject=data.get("id") or "")
