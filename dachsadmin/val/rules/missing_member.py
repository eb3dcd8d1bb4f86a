"""DA109: elements that lack what DaCHS demands."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.members import Member
from dachsadmin.rd.structure import Kind, structure
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class MissingMember(Rule):
    """An element must have what DaCHS demands of it.

    Without it, DaCHS refuses the RD. It may also come from `original`, a mixin or a FEED; then nothing is said here.

    Bad:
        <table id="stars"><column type="text"/></table>
    Good:
        <table id="stars"><column name="designation" type="text"/></table>
    See: https://docs.g-vo.org/DaCHS/ref.html
    """

    code, name, severity, since, profile = "DA109", "missing-member", Severity.ERROR, "0.1", "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for problem in structure(rd, site.language).of(Kind.MISSING):
            assert problem.member is not None
            tag, wanted = problem.element.tag, _wanted(problem.member)
            yield self.finding(rd, problem.element, f"<{tag}> needs {wanted}", value=f"{tag}/{problem.name}")


def _wanted(member: Member) -> str:
    """How a member is best written."""
    if member.kind in ("atom", "atoms"):
        return f"an attribute {member.name!r}"
    if member.kind in ("reference", "references"):
        return f"a {member.name} (an attribute with its id, or the element itself)"
    names = [name for name in member.names if name in member.classes]
    return f"a child <{names[-1]}>" if len(names) < 4 else f"a {member.name}"
