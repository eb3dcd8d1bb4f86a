"""DA102: what this DaCHS does not know, but another one does."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.structure import Kind, Problem, structure
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site
from dachsadmin.val.skew import history, release, verdict, versions_that_take


class OtherVersion(Rule):
    """An RD may use only what the DaCHS that runs it knows.

    Nothing is wrong with the RD as such: it is made for a newer (or much older) DaCHS. This one refuses to load it.
    Upgrade DaCHS, or keep to what your version knows. `val --for-dachs VERSION` checks against another version.

    Bad:
        <coverage><spectral>325[nm] 1000[nm]</spectral></coverage>
    Good:
        <coverage><spectral>1.98e-19 6.11e-19</spectral></coverage>
    See: https://docs.g-vo.org/DaCHS/ref.html
    """

    code, name, severity, since, profile = "DA102", "other-version", Severity.ERROR, "0.1", "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        language = site.language
        for problem in structure(rd, language).of(Kind.UNKNOWN_ELEMENT, Kind.UNKNOWN_ATTRIBUTE, Kind.BAD_LITERAL):
            known = versions_that_take(problem, language)
            if known:
                severity, confidence = verdict(language, known)
                what, attribute, value = _told(problem)
                yield self.finding(rd, problem.element, f"{what} is unknown to {release(language)}{history(language, known)}",
                                   attribute=attribute, value=value, severity=severity, confidence=confidence)


def _told(problem: Problem) -> tuple[str, str, str]:
    """What it is, the attribute it concerns, and what is grouped."""
    tag = problem.element.tag
    if problem.kind is Kind.UNKNOWN_ELEMENT:
        return f"<{tag}>", "", tag
    if problem.kind is Kind.UNKNOWN_ATTRIBUTE:
        return f"the attribute {problem.name!r} of <{tag}>", problem.name, f"{tag}/{problem.name}"
    shown = problem.value.strip()
    return f"{problem.name}={shown[:60]!r}", problem.name, shown
