"""DA100: elements that no DaCHS knows at that place."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.language import Language, suggest
from dachsadmin.rd.structure import Kind, Problem, structure
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site
from dachsadmin.val.skew import release, verdict

_MOST_PLACES = 4
_MOST_HINTS = 100
"""Finding a hint takes a millisecond; an RD with more findings than that is no RD."""


class UnknownElement(Rule):
    """An element must be known where it stands.

    DaCHS refuses an RD with an element that the element around it cannot have, and reports only the first one.
    Often it is a typing error, or the element belongs elsewhere.

    Bad:
        <table id="stars"><colum name="ra"/></table>
    Good:
        <table id="stars"><column name="ra"/></table>
    See: https://docs.g-vo.org/DaCHS/ref.html
    """

    code, name, severity, since, profile = "DA100", "unknown-element", Severity.ERROR, "0.1", "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for number, problem in enumerate(structure(rd, site.language).of(Kind.UNKNOWN_ELEMENT)):
            if not site.language.known_in(problem.owner.name, problem.name):
                parent = problem.element.parent
                around = f"<{parent.tag}>" if parent is not None else "the RD"
                severity, confidence = verdict(site.language, ())
                yield self.finding(
                    rd, problem.element, f"{around} cannot have a <{problem.name}> in {release(site.language)}",
                    value=problem.name, severity=severity, confidence=confidence,
                    hint=_hint(problem, site.language) if number < _MOST_HINTS else "")


def _hint(problem: Problem, language: Language) -> str:
    near = suggest(problem.name, problem.owner.members)
    if near and near != problem.name:
        return f"write <{near}>"
    homes = sorted({language.of(name).element for name in language.class_names
                    if problem.name in language.of(name).members and language.of(name).element})
    if homes and len(homes) <= _MOST_PLACES:
        return f"move it: it may stand in {', '.join(f'<{home}>' for home in homes)}"
    return "" if homes else _anywhere(problem.name, language)


def _anywhere(tag: str, language: Language) -> str:
    near = suggest(tag, language.tags)
    return f"did you mean <{near}>?" if near else "remove it"
