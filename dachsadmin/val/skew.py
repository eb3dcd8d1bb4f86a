"""How sure we can be that a DaCHS version does not know something, and how it is said."""

from __future__ import annotations

from dachsadmin.model.finding import Confidence, Severity
from dachsadmin.rd.language import Language, load, since
from dachsadmin.rd.literals import readable
from dachsadmin.rd.structure import Kind, Problem


def history(language: Language, known: tuple[str, ...]) -> str:
    """` (known since DaCHS 2.11)`, or `` for what no version knows."""
    told = since(known, language.table_version)
    return f" ({told})" if told else ""


def release(language: Language) -> str:
    """The version as findings call it; where another one stands in for it, that is said."""
    if language.exact:
        return f"DaCHS {language.version}"
    return f"DaCHS {language.version} (judged by what {language.table_version} knows)"


def verdict(language: Language, known: tuple[str, ...]) -> tuple[Severity, Confidence]:
    """How bad it is to use what only the `known` versions have.

    Where we have no table of a version, what came later than its stand-in may be in it already: no error then.
    """
    if language.exact:
        return Severity.ERROR, Confidence.HIGH
    later = [version for version in language.versions() if load(version).numbers > language.numbers]
    if not later or later[0] in known:
        return Severity.WARNING, Confidence.LOW
    return Severity.ERROR, Confidence.MEDIUM


def versions_that_take(problem: Problem, language: Language) -> tuple[str, ...]:
    """The versions for which something would be no problem."""
    known = language.known_in(problem.owner.name, problem.name)
    if problem.kind is not Kind.BAD_LITERAL:
        return known
    return tuple(version for version in known if _reads(load(version), problem, language))


def _reads(other: Language, problem: Problem, language: Language) -> bool:
    theirs = language.counterpart(other, problem.owner.name)
    member = other.of(theirs).members.get(problem.name) if theirs else None
    return member is not None and readable(problem.value, member, other)
