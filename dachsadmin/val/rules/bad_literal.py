"""DA103: values that DaCHS cannot read."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.language import suggest
from dachsadmin.rd.literals import wanted
from dachsadmin.rd.structure import Kind, Problem, structure
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site
from dachsadmin.val.skew import versions_that_take


class BadLiteral(Rule):
    """A value must be one that DaCHS can read.

    Some attributes take only certain words, a number, or True and False. DaCHS refuses an RD with anything else.

    Bad:
        <table id="stars" onDisk="maybe" dupePolicy="droop"/>
    Good:
        <table id="stars" onDisk="True" dupePolicy="drop"/>
    See: https://docs.g-vo.org/DaCHS/ref.html
    """

    code, name, severity, since, profile = "DA103", "bad-literal", Severity.ERROR, "0.1", "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for problem in structure(rd, site.language).of(Kind.BAD_LITERAL):
            if not versions_that_take(problem, site.language):
                assert problem.member is not None
                shown = problem.value.strip() if problem.value.strip() else problem.value
                yield self.finding(
                    rd, problem.element,
                    f"{problem.name}={shown[:60]!r} in <{problem.element.tag}>: "
                    f"DaCHS takes {wanted(problem.member, site.language)} here",
                    attribute=problem.name, value=shown, hint=_hint(problem))


def _hint(problem: Problem) -> str:
    assert problem.member is not None
    near = suggest(problem.value.strip(), problem.member.values)
    return f"write {near}" if near else ""
