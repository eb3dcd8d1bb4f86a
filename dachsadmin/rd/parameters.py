"""The parameters of mixins and procDefs, and whether they are given as DaCHS demands."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from dachsadmin.rd.document import Document, Element
from dachsadmin.rd.language import Language
from dachsadmin.rd.members import Builtin, Parameter

_OPAQUE = frozenset({"FEED", "LFEED", "LOOP", "original", "mixin"})


def definition(reference: str, tag: str, rd: Document, language: Language,
               document: Callable[[str], Document | None]) -> Builtin | Element | None:
    """What a reference to a mixinDef or procDef leads to; None if that cannot be known here.

    `document` gives another RD of the tree. What the tree has in place of a built-in RD goes before it.
    """
    if "\\" in reference or "%" in reference:
        return None
    rd_id, hash, name = reference.partition("#")
    if not hash:
        return _by_id(rd, tag, reference)
    other = document(rd_id)
    if other is not None:
        return _by_id(other, tag, name) if other.root is not None else None
    known = language.resolve(reference)
    return known if known is not None and known.kind == tag else None


def parameters(thing: Builtin | Element, language: Language) -> Mapping[str, Parameter] | None:
    """The parameters of a mixinDef or procDef by name; None where streams or originals may bring others."""
    if isinstance(thing, Builtin):
        return thing.parameters
    if thing.tag == "mixinDef":
        return declared(thing, "mixinPar", language)
    return of_setups(thing, language)


def of_setups(thing: Element, language: Language) -> Mapping[str, Parameter] | None:
    """The parameters that the setups of a procDef, or of an element that applies one, declare."""
    if _opaque(thing, language):
        return None
    found: dict[str, Parameter] = {}
    for setup in thing.children:
        if setup.tag in ("setup", "setups"):
            declarations = declared(setup, "par", language)
            if declarations is None:
                return None
            found |= declarations
    return found


def declared(thing: Element, tag: str, language: Language) -> Mapping[str, Parameter] | None:
    """The parameters that an element declares in children of a name."""
    if _opaque(thing, language):
        return None
    found: dict[str, Parameter] = {}
    for child in thing.children:
        if child.tag in (tag, "pars"):
            name = child.get("key") or child.get("name") or ""
            if not name or "\\" in name or _opaque(child, language):
                return None
            found[name] = Parameter(name, not child.text.strip(), (child.get("alias") or "").strip())
    return found


def unknown(given: Collection[str], known: Mapping[str, Parameter]) -> list[str]:
    """The names given that are no parameters."""
    others = [name for name in given if name not in known]
    if others:
        deprecated = {parameter.also for parameter in known.values()}
        others = [name for name in others if name not in deprecated]
    return others


def missing(given: Collection[str], known: Mapping[str, Parameter]) -> list[str]:
    """The parameters that must be given and are not."""
    return [name for name, parameter in known.items()
            if parameter.required and name not in given and parameter.also not in given]


def _opaque(element: Element, language: Language) -> bool:
    return "original" in element.attrib or any(
        child.tag in language.active_tags or child.tag in _OPAQUE for child in element.children)


def _by_id(rd: Document, tag: str, name: str) -> Element | None:
    """The one element of a kind with an id, outside of what is replayed."""
    found = [element for element in rd.elements(tag) if element.get("id") == name]
    return found[0] if len(found) == 1 and not found[0].replayed else None
