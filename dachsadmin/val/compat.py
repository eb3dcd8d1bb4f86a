"""Which DaCHS versions an RD can run on, judged by the language and the built-in RDs that it uses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

from dachsadmin.rd.document import Document, Element
from dachsadmin.rd.language import Language, load
from dachsadmin.rd.parameters import missing, unknown
from dachsadmin.rd.structure import Kind, structure
from dachsadmin.val.skew import versions_that_take

_VERSION_DEPENDENT = (Kind.UNKNOWN_ELEMENT, Kind.UNKNOWN_ATTRIBUTE, Kind.BAD_LITERAL)


def compatible_versions(rd: Document, replaced: Callable[[str], bool] = lambda _rd_id: False) -> dict[str, list[str]]:
    """For each DaCHS version that we know, the reasons why this RD (which did parse) cannot run on it.

    What no version takes is no reason here: rules tell it. `replaced` says which built-in RDs the tree has its own of.
    """
    languages = [load(version) for version in Language.versions()]
    reasons: dict[str, list[str]] = {}
    for language in languages:
        found = [*_language(rd, language), *_references(rd, language, replaced), *_mixins(rd, language, replaced),
                 *_renderers(rd, language)]
        reasons[language.version] = list(dict.fromkeys(found))
    return reasons


def runs_on(rd: Document) -> tuple[str, ...]:
    """The known versions on which nothing keeps this RD from running."""
    return tuple(version for version, reasons in compatible_versions(rd).items() if not reasons)


def _language(rd: Document, language: Language) -> Iterator[str]:
    for problem in structure(rd, language).of(*_VERSION_DEPENDENT):
        if versions_that_take(problem, language):
            line, tag = rd.location(problem.element).line, problem.element.tag
            if problem.kind is Kind.UNKNOWN_ELEMENT:
                yield f"line {line}: <{tag}>"
            elif problem.kind is Kind.UNKNOWN_ATTRIBUTE:
                yield f"line {line}: attribute {problem.name!r} of <{tag}>"
            else:
                yield f"line {line}: {problem.name}={problem.value.strip()[:60]!r}"


def _references(rd: Document, language: Language, replaced: Callable[[str], bool]) -> Iterator[str]:
    for element, reference in builtin_references(rd):
        rd_id = reference.partition("#")[0]
        known = language.builtin_known_in(reference)
        if known and language.version not in known and not replaced(rd_id):
            yield f"line {rd.location(element).line}: {reference}"


def _mixins(rd: Document, language: Language, replaced: Callable[[str], bool]) -> Iterator[str]:
    for use in structure(rd, language).mixins:
        mixin = language.resolve(use.reference)
        if mixin is None or mixin.kind != "mixinDef" or use.parameters is None or replaced(mixin.rd):
            continue
        line = rd.location(use.element).line
        anywhere = [load(version).resolve(use.reference) for version in language.versions()]
        others = [other for other in anywhere if other is not None]
        for name in unknown(use.parameters, mixin.parameters):
            if any(not unknown([name], other.parameters) for other in others):
                yield f"line {line}: parameter {name!r} of {use.reference}"
        for name in missing(use.parameters, mixin.parameters):
            if any(name not in missing(use.parameters, other.parameters) for other in others):
                yield f"line {line}: {use.reference} without parameter {name!r}"


def _renderers(rd: Document, language: Language) -> Iterator[str]:
    for element in rd.elements("service", "publish"):
        named = element.get("allowed" if element.tag == "service" else "render") or ""
        for name in (part.strip() for part in named.split(",")):
            if name in _all_renderers() - language.renderers:
                yield f"line {rd.location(element).line}: renderer {name}"


def builtin_references(rd: Document) -> Iterator[tuple[Element, str]]:
    """The references to built-in RDs (`//ssap#hcd`) that an RD writes, wherever they stand."""
    names = _referring_names()
    for element in rd.order:
        written = [value for name, value in element.attrib.items() if name in names]
        if element.tag in names and not element.children:
            written.append(element.text)
        elif element.tag == "mixin":
            written.append(element.text)
        for value in written:
            for reference in value.split(","):
                reference = reference.strip()
                if reference.startswith("//") and "\\" not in reference:
                    yield element, reference.partition(".")[0] if "#" in reference else reference


@cache
def _referring_names() -> frozenset[str]:
    """The attributes and elements that hold ids, in any version."""
    return frozenset(
        name for version in Language.versions() for class_name in load(version).class_names
        for name, member in load(version).of(class_name).members.items()
        if member.kind in ("reference", "references", "original", "mixin"))


@cache
def _all_renderers() -> frozenset[str]:
    return frozenset[str]().union(*(load(version).renderers for version in Language.versions()))
