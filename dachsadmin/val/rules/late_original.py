"""DA110: originals that come too late."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.structure import Kind, structure
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class LateOriginal(Rule):
    """An `original` must come before everything else.

    DaCHS copies the original into an untouched element only. As an attribute, original always comes first; as a
    child element it comes after all attributes, and DaCHS refuses the RD if there are any.

    Bad:
        <table id="stars"><column name="ra"/><column name="dec"><original>ra</original></column></table>
    Good:
        <table id="stars"><column name="ra"/><column original="ra" name="dec"/></table>
    See: https://docs.g-vo.org/DaCHS/ref.html#referencing-in-dachs
    """

    code, name, severity, since, profile = "DA110", "late-original", Severity.ERROR, "0.1", "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for problem in structure(rd, site.language).of(Kind.LATE_ORIGINAL):
            assert problem.element.parent is not None
            yield self.finding(rd, problem.element, f"original={problem.value!r} comes after other attributes of "
                               f"<{problem.element.parent.tag}>", value=problem.value, hint="write it as an attribute")
