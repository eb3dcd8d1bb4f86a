"""DA316: sources that nothing reads."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.expansion import all_nodes, children
from dachsadmin.rd.references import place_of
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class SourcesWithoutGrammar(Rule):
    """Data with sources needs a grammar to read them.

    `dachs imp` fails with the first source otherwise. Where there is nothing to read (views, tables that are filled
    from elsewhere), leave the sources out.

    Bad:
        <table id="t"><column name="a"/></table>
        <data id="d"><sources pattern="data/*.csv"/><make table="t"/></data>
    Good:
        <table id="t"><column name="a"/></table>
        <data id="d"><sources pattern="data/*.csv"/><csvGrammar/><make table="t"/></data>
    See: https://docs.g-vo.org/DaCHS/ref.html#element-data
    """

    code, name, severity, since, profile = "DA316", "sources-without-grammar", Severity.ERROR, "0.1", "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for data in all_nodes(rd, site, "data"):
            content = children(data, site)
            sources = [child for child in content if child.tag == "sources"]
            if sources and not data.get("original") and not any(
                    child.unknown or child.tag.endswith("Grammar") for child in content):
                message = "there is no grammar to read these sources: dachs imp will fail"
                yield self.finding(rd, place_of(sources[0]), message, subject=data.get("id") or "")
