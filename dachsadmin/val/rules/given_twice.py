"""DA106: things given twice, of which DaCHS keeps the last only."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.structure import Kind, structure
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class GivenTwice(Rule):
    """What can be there once should be written once.

    An attribute and a child element of the same name are the same thing to DaCHS: it keeps the one that comes last,
    without a word. So it does with a second grammar or coverage.

    Bad:
        <table id="stars" onDisk="True"><onDisk>False</onDisk></table>
    Good:
        <table id="stars" onDisk="True"/>
    See: https://docs.g-vo.org/DaCHS/ref.html
    """

    code, name, severity, since = "DA106", "given-twice", Severity.WARNING, "0.1"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for problem in structure(rd, site.language).of(Kind.TWICE):
            assert problem.element.parent is not None
            around, tag = problem.element.parent.tag, problem.element.tag
            first = f"the attribute {problem.value!r}" if problem.value else "the first one"
            yield self.finding(rd, problem.element, f"<{around}> has {tag} twice; DaCHS forgets {first}",
                               value=f"{around}/{tag}", hint="remove one of them")
