"""DA101: attributes that no DaCHS knows on an element."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.language import suggest
from dachsadmin.rd.structure import Kind, structure
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site
from dachsadmin.val.skew import release, verdict

_MOST_HINTS = 100
"""Finding a hint takes a millisecond; an RD with more findings than that is no RD."""


class UnknownAttribute(Rule):
    """An attribute must be one that the element has.

    DaCHS refuses an RD with an attribute that it does not know, and reports only the first one.

    Bad:
        <table id="stars"><column name="ra" descripton="Right ascension"/></table>
    Good:
        <table id="stars"><column name="ra" description="Right ascension"/></table>
    See: https://docs.g-vo.org/DaCHS/ref.html
    """

    code, name, severity, since, profile = "DA101", "unknown-attribute", Severity.ERROR, "0.1", "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for number, problem in enumerate(structure(rd, site.language).of(Kind.UNKNOWN_ATTRIBUTE)):
            if not site.language.known_in(problem.owner.name, problem.name):
                others = problem.owner.members.keys() - problem.element.attrib.keys()
                near = suggest(problem.name, others) if number < _MOST_HINTS else ""
                severity, confidence = verdict(site.language, ())
                yield self.finding(
                    rd, problem.element,
                    f"<{problem.element.tag}> has no attribute {problem.name!r} in {release(site.language)}",
                    attribute=problem.name, value=f"{problem.element.tag}/{problem.name}",
                    hint=f"write {near}" if near else "remove it", severity=severity, confidence=confidence)
