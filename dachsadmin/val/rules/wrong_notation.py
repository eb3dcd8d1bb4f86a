"""DA105: attributes that must be elements, and what only DaCHS itself may set."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.structure import Kind, structure
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class WrongNotation(Rule):
    """What has a structure is written as an element, not as an attribute.

    DaCHS fails on such an attribute, often with a message that does not name it. A few names are there for DaCHS
    itself and cannot be written at all.

    Bad:
        <table id="stars" meta="title: Stars"/>
    Good:
        <table id="stars"><meta name="title">Stars</meta></table>
    See: https://docs.g-vo.org/DaCHS/ref.html
    """

    code, name, severity, since, profile = "DA105", "wrong-notation", Severity.ERROR, "0.1", "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for problem in structure(rd, site.language).of(Kind.ELEMENT_ONLY, Kind.CLOSED):
            if problem.kind is Kind.CLOSED:
                written = f"<{problem.name}>" if problem.element.tag == problem.name else repr(problem.name)
                message, hint = f"{written} is set by DaCHS itself and cannot be written", "remove it"
            else:
                message = f"{problem.name!r} of <{problem.element.tag}> must be an element, not an attribute"
                hint = f"write it as <{problem.name}>...</{problem.name}>"
            yield self.finding(rd, problem.element, message, attribute=problem.name, value=problem.name, hint=hint)
