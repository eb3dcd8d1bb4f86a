"""DA114: meta elements that DaCHS refuses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document, Element
from dachsadmin.rd.grammar import Is
from dachsadmin.rd.language import Language, suggest
from dachsadmin.rd.structure import given, structure
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_KEY = re.compile(r"[a-zA-Z_][\w-]*(?:\.[a-zA-Z_][\w-]*)*")
_CONTINUED = re.compile(r"\\\r?\n[\t ]*")


class BadMetaElement(Rule):
    """A meta element has a key and the attributes that this key takes, or lines of `key: value`.

    A few keys have attributes of their own, such as `title` for links; all take `format`. DaCHS refuses others, and
    lines without a colon where a meta element has no attributes.

    Bad:
        <meta name="description" lang="en">Spectra of stars.</meta>
    Good:
        <meta name="description" format="plain">Spectra of stars.</meta>
    See: https://docs.g-vo.org/DaCHS/ref.html#metadata
    """

    code, name, severity, since, profile = "DA114", "bad-meta-element", Severity.ERROR, "0.1", "min"
    only_with = ("meta",)

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        found = structure(rd, site.language)
        for element in rd.elements("meta"):
            if not _is_plain(element) and found.what(element) is Is.META:
                for where, message, attribute, hint in _faults(element, "", site.language):
                    yield self.finding(rd, where, message, attribute=attribute, hint=hint, value=attribute)


def _is_plain(element: Element) -> bool:
    """Whether it is a key and text, as most are."""
    return not element.children and len(element.attrib) == 1 and _is_key(element.attrib.get("name", ""))


@lru_cache(maxsize=5_000)
def _is_key(text: str) -> bool:
    return _KEY.fullmatch(text) is not None


_Fault = tuple[Element, str, str, str]


def _faults(element: Element, above: str, language: Language) -> Iterator[_Fault]:
    """What is wrong with a meta element below the key `above`: where, message, attribute, hint."""
    attributes = dict(given(element))
    for child in element.children:
        if child.tag in language.active_tags:
            return
        if child.tag != "meta" and (child.attrib or child.text.strip()):
            attributes[child.tag] = child.text.strip()
    if not attributes:
        if not element.children and not element.replayed:
            yield from _lines(element)
        return
    key = attributes.pop("name", None)
    if key is None:
        yield element, "<meta> needs an attribute 'name'", "", ""
        return
    if "\\" in key:
        return
    full = above + key.removeprefix("!") if not above else above + key
    if not _KEY.fullmatch(full.replace("!", "", 1) if above and key.startswith("!") else full):
        yield element, f"{key!r} is no meta key", "name", ""
        return
    if attributes and not (full == "creator" and element.text.strip()):
        yield from _wrong_attributes(element, full, attributes, language)
    if key.startswith("!") and any(child.tag == "meta" for child in element.children):
        yield element, f"a meta {key!r} cannot have children: DaCHS does not take the '!' off their keys", "name", ""
        return
    for child in element.children:
        if child.tag == "meta":
            yield from _faults(child, full + ".", language)


def _wrong_attributes(element: Element, key: str, attributes: dict[str, str], language: Language) -> Iterator[_Fault]:
    allowed = language.meta_attributes(key)
    for name, value in attributes.items():
        if name not in allowed:
            near = suggest(name, allowed)
            yield (element, f"the meta {key!r} takes no attribute {name!r}", name,
                   f"write {near}" if near else f"it takes {', '.join(sorted(allowed))}")
        elif name == "format" and "\\" not in value and value not in language.meta_formats:
            yield (element, f"the format {value!r} of a meta is unknown", name,
                   f"write one of {', '.join(sorted(language.meta_formats))}")


def _lines(element: Element) -> Iterator[_Fault]:
    for line in _CONTINUED.sub("", element.text).split("\n"):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        key, colon, _value = line.partition(":")
        if not colon:
            message = f"<meta> without attributes has lines like 'key: value', not {line[:40]!r}"
            yield element, message, "", "give it a name"
            return
        if not _KEY.fullmatch(key.strip().removeprefix("!")):
            yield element, f"{key.strip()[:40]!r} is no meta key", "", ""
            return
