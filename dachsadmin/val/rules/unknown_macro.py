"""DA139: macros that do not exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from dachsadmin.model.finding import Finding, Location, Severity
from dachsadmin.rd.code import place, snippets
from dachsadmin.rd.document import Document, Element
from dachsadmin.rd.language import Language, load, since, suggest
from dachsadmin.rd.structure import structure
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_CALL = re.compile(r"\\\\|\\\n|\\([A-Za-z_][A-Za-z_0-9]+)")
_ROWMAKERS = frozenset({"rowmaker", "parmaker"})


@dataclass(frozen=True)
class Text:
    """Text in which DaCHS fills in macros: of an element, or of its attribute; class `class_name` has the macros."""

    element: Element
    attribute: str
    text: str
    class_name: str = ""


class UnknownMacro(Rule):
    r"""Macros must exist where they are called.

    Which macros there are depends on the place: `\colNames` is for tables, `\inputRelativePath` for rowmakers and
    grammars; macDefs of the RD can be used everywhere in it. The name takes all letters, digits and underscores that
    follow: end it with `\+`. A backslash that is meant as one is written twice. In SQL of scripts, views, indexes and
    in metadata, `dachs val` does not look.

    Bad:
        <table id="t" onDisk="True">
          <column name="a"/>
          <viewStatement>CREATE VIEW \qName AS (SELECT a FROM \schema_raw)</viewStatement>
        </table>
    Good:
        <table id="t" onDisk="True">
          <column name="a"/>
          <viewStatement>CREATE VIEW \qName AS (SELECT a FROM \schema.raw)</viewStatement>
        </table>
    See: https://docs.g-vo.org/DaCHS/ref.html#macros
    """

    code, name, severity, since, profile = "DA139", "unknown-macro", Severity.ERROR, "0.1", "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        if b"\\" not in rd.raw:
            return
        language = site.language
        own = {element.get("name") or "" for element in rd.elements("macDef")}
        if any("\\" in name for name in own):
            return
        for text in _texts(rd, language):
            if "\\" not in text.text or text.element.replayed:
                continue
            known = language.macros(text.class_name) if text.class_name else all_macros(language.table_version)
            for call in _CALL.finditer(text.text):
                if call[1] and call[1] not in known and call[1] not in own:
                    yield self._unknown(rd, text, call, known | own, language)

    def _unknown(self, rd: Document, text: Text, call: re.Match[str], known: frozenset[str],
                 language: Language) -> Finding:
        elsewhere = call[1] in all_macros(language.table_version)
        history = "" if elsewhere else since(
            tuple(v for v in language.versions() if call[1] in all_macros(v)), language.version)
        message = f"there is no macro \\{call[1]}" + (
            f" here (<{text.element.tag}>)" if elsewhere else f" ({history})" if history else "")
        begins = max((name for name in known if call[1].startswith(name)), key=len, default="")
        near = suggest(call[1], known)
        hint = f"write \\{begins}\\+{call[1][len(begins):]}" if begins else f"write \\{near}" if near else (
            "double the backslash if it is meant as one")
        return self.finding(rd, _where(rd, text, call.start()), message, value=call[1], hint=hint)


def _where(rd: Document, text: Text, offset: int) -> Location:
    if text.attribute:
        return rd.attribute_location(text.element, text.attribute)
    before = text.text[:offset]
    return rd.text_location(text.element, before.count("\n") + 1, offset - before.rfind("\n"))


def _texts(rd: Document, language: Language) -> Iterator[Text]:
    for snippet in snippets(rd):
        if snippet.expands and "\\" in snippet.text:
            parent = snippet.element.parent
            rowmaker = snippet.kind in ("map", "var", "nullExpr") and parent is not None and parent.tag in _ROWMAKERS
            yield Text(snippet.element, snippet.attribute, snippet.text, "RowmakerDef" if rowmaker else "")
    for element in rd.elements("script"):
        if element.get("lang") != "python" and element.parent is not None and element.parent.tag in ("make", "table"):
            yield Text(element, "", element.text, "TableDef")
    for element in rd.elements("index"):
        yield Text(element, "", element.text, "TableDef")
    for tag, attribute, class_name in (
            ("table", "viewStatement", "TableDef"), ("fixedQueryCore", "query", language.root),
            ("ignoreSources", "fromdb", language.root), ("ignoreSources", "fromdbUpdating", language.root)):
        for element in rd.elements(tag):
            if attribute in element.attrib:
                yield Text(element, attribute, element.attrib[attribute], class_name)
            for child in element.children:
                if child.tag == attribute:
                    yield Text(child, "", child.text, class_name)
    for element in rd.elements("macDef"):
        yield Text(element, "", element.text, language.root)
    yield from _of_their_parents(rd, language)


def _of_their_parents(rd: Document, language: Language) -> Iterator[Text]:
    """Metadata and properties: their macros are those of what they stand in."""
    found = None
    for element in rd.elements("meta", "property", "param"):
        if "\\" not in element.text or element.replayed:
            continue
        found = found or structure(rd, language)
        owner = element.parent
        while owner is not None and owner.tag == "meta":
            owner = owner.parent
        owner_class = found.owner(owner) if owner is not None else None
        if owner_class is not None and owner_class.macros:
            yield Text(element, "", element.text, owner_class.name)


@cache
def all_macros(version: str) -> frozenset[str]:
    """Every macro that a version has anywhere."""
    language = load(version)
    return frozenset().union(*(language.of(name).macros for name in language.class_names))
