"""DA104: attributes or children on elements that can have text only."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.structure import Kind, structure
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class ValueWithStructure(Rule):
    """An element that stands for an attribute can have text only.

    DaCHS takes most attributes as child elements too. Such an element has neither attributes nor children of its own.

    Bad:
        <table id="t"><column name="ra"><description format="rst">Right ascension</description></column></table>
    Good:
        <table id="t"><column name="ra"><description>Right ascension</description></column></table>
    See: https://docs.g-vo.org/DaCHS/ref.html
    """

    code, name, severity, since, profile = "DA104", "value-with-structure", Severity.ERROR, "0.1", "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for problem in structure(rd, site.language).of(Kind.VALUE_WITH_ATTRIBUTE, Kind.VALUE_WITH_CHILD):
            if problem.kind is Kind.VALUE_WITH_ATTRIBUTE:
                yield self.finding(rd, problem.element, f"<{problem.element.tag}> can have text only here, "
                                   f"no attribute {problem.name!r}", attribute=problem.name, value=problem.element.tag)
            else:
                assert problem.element.parent is not None
                around = problem.element.parent.tag
                yield self.finding(rd, problem.element, f"<{around}> can have text only here, no <{problem.name}>",
                                   value=around)
