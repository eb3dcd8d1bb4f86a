"""DA107: text where DaCHS takes none."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.structure import Kind, structure
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class StrayText(Rule):
    """Text may stand only in elements that take text.

    Usually it is a left-over of editing, such as a forgotten placeholder of a template. DaCHS refuses the RD.

    Bad:
        <table id="stars">TODO<column name="ra"/></table>
    Good:
        <table id="stars"><!-- TODO --><column name="ra"/></table>
    See: https://docs.g-vo.org/DaCHS/ref.html
    """

    code, name, severity, since, profile = "DA107", "stray-text", Severity.ERROR, "0.1", "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for problem in structure(rd, site.language).of(Kind.STRAY_TEXT):
            shown = " ".join(problem.value.split())
            yield self.finding(rd, problem.element, f"<{problem.element.tag}> cannot have text: {shown[:40]!r}",
                               value=problem.element.tag, hint="remove it, or make it a comment")
