"""VOSI documents and registry records: what a service says of its state, its interfaces and its tables."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from dachsadmin.client.vo import NotUnderstood
from dachsadmin.client.web import Answer

_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_HTML = re.compile(rb"(?i)\s*<(!doctype\s+)?html\b")
_STATISTICS = "{http://dc.g-vo.org/ColStats-1}"
_ARRAYSIZE = re.compile(r"([1-9]\d*x)*([1-9]\d*\*?|\*)")


@dataclass(frozen=True)
class Interface:
    """One way to reach a capability. `kind` is the xsi:type without its prefix (`ParamHTTP`, `WebBrowser`), `use` tells
    what the URL is (`full`, `base`)."""

    url: str
    kind: str
    role: str = ""
    use: str = ""


@dataclass(frozen=True)
class Capability:
    """What a service can do. `standard` is the standardID; `test` has the words of testQuery by their paths (`pos/ra`)."""

    standard: str
    kind: str
    interfaces: tuple[Interface, ...]
    models: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    test: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Column:
    """A column as VOSI has it; `arraysize` is `` for a scalar.

    `system` is the xsi:type of its dataType without prefix (`VOTableType`, `TAPType`), `xtype` the extendedType, and
    `statistics` what DaCHS adds on values, as (attribute, value).
    """

    name: str
    datatype: str
    arraysize: str
    unit: str = ""
    ucd: str = ""
    utype: str = ""
    description: str = ""
    xtype: str = ""
    system: str = "VOTableType"
    flags: tuple[str, ...] = ()
    statistics: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ForeignKey:
    """What columns of a table refer to: `columns` are pairs of a column here and one in the target table."""

    target: str
    columns: tuple[tuple[str, str], ...]
    description: str = ""
    utype: str = ""


@dataclass(frozen=True)
class Table:
    """A table as VOSI has it; `role` is its attribute type (`output`), `nrows` `` if not told."""

    name: str
    columns: tuple[Column, ...]
    keys: tuple[ForeignKey, ...] = ()
    title: str = ""
    description: str = ""
    utype: str = ""
    nrows: str = ""
    role: str = ""


@dataclass(frozen=True)
class Schema:
    """The tables of one schema."""

    name: str
    tables: tuple[Table, ...]
    title: str = ""
    description: str = ""
    utype: str = ""


def xml(answer: Answer, what: str) -> Any:
    """The root of an XML answer. Raises NotUnderstood."""
    if answer.status != 200:
        raise NotUnderstood(f"{what} answers with HTTP status {answer.status}")
    return parse(answer.body, what)


def parse(content: bytes, what: str) -> Any:
    """The root of an XML document. Nothing outside of it is read, and no entity is replaced. Raises NotUnderstood."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise no_xml(content, what, error) from None
    demand_plain(root, what)
    return root


def no_xml(content: bytes, what: str, error: Exception) -> NotUnderstood:
    """What to say of something that is no XML, for a reason that a parser gives."""
    if _HTML.match(content):
        return NotUnderstood(f"{what} is an HTML page, no XML")
    return NotUnderstood(f"{what} is no XML: {error or 'there is no element'}")


def demand_plain(root: Any, what: str) -> None:
    """Raise NotUnderstood for a page, and for a document type declaration, whose entities are not replaced."""
    if local(root).lower() == "html":
        raise NotUnderstood(f"{what} is an HTML page")
    if root.getroottree().docinfo.doctype:
        raise NotUnderstood(f"{what} has a document type declaration, which may not be in it")


def local(element: Any) -> str:
    """The name of an element without its namespace; `` for what is no element."""
    return element.tag.rpartition("}")[2] if element is not None and isinstance(element.tag, str) else ""


def text(element: Any, path: str) -> str:
    """The text of the first descendant along a path of local names; `` if there is none."""
    found = next(find(element, path), None)
    return " ".join("".join(found.itertext()).split()) if found is not None else ""


def find(element: Any, path: str) -> Iterator[Any]:
    """The descendants along a path of local names (`curation/publisher`), in whatever namespaces."""
    first, _, rest = path.partition("/")
    for child in element:
        if local(child) == first:
            if rest:
                yield from find(child, rest)
            else:
                yield child


def availability(root: Any) -> tuple[str, str]:
    """What `available` says, and the notes. Raises NotUnderstood if it is no VOSI document."""
    if root.tag != "{http://www.ivoa.net/xml/VOSIAvailability/v1.0}availability":
        raise NotUnderstood(f"it is a {local(root)!r} element, not the availability of VOSI 1.1")
    return text(root, "available"), "; ".join("".join(note.itertext()).strip() for note in find(root, "note"))


def capabilities(root: Any) -> tuple[Capability, ...]:
    """The capabilities of a VOSI document or a registry record."""
    return tuple(_capability(element) for element in find(root, "capability"))


def _capability(element: Any) -> Capability:
    interfaces = tuple(Interface(text(one, "accessURL"), kind(one), one.get("role", ""),
                                 next((url.get("use", "") for url in find(one, "accessURL")), ""))
                       for one in find(element, "interface"))
    functions = tuple(form for language in find(element, "language") for features in find(language, "languageFeatures")
                      if features.get("type", "").endswith("features-udf") for feature in find(features, "feature")
                      if (form := text(feature, "form")))
    return Capability(
        element.get("standardID", ""), kind(element), interfaces,
        tuple(model.get("ivo-id", "") for model in find(element, "dataModel")),
        tuple("".join(one.itertext()).strip() for one in find(element, "language/version")), functions,
        tuple(_leaves(next(find(element, "testQuery"), ()), "")))


def kind(element: Any) -> str:
    """The xsi:type of an element, without its prefix."""
    return str(element.get(_TYPE, "")).rpartition(":")[2]


def _leaves(element: Any, path: str) -> Iterator[tuple[str, str]]:
    for child in element:
        inside = f"{path}/{local(child)}".lstrip("/")
        if len(child):
            yield from _leaves(child, inside)
        else:
            yield inside, "".join(child.itertext()).strip()


def tables(root: Any) -> tuple[Table, ...]:
    """The tables of a tableset, or the one of a document about a single table."""
    if local(root) == "table":
        return (table(root),)
    return tuple(each for schema in schemas(root) for each in schema.tables)


def schemas(root: Any) -> tuple[Schema, ...]:
    """The schemas of a tableset, or of what has one in it, such as a registry record."""
    found = list(find(root, "schema")) or [schema for inner in find(root, "tableset") for schema in find(inner, "schema")]
    return tuple(Schema(text(one, "name"), tuple(map(table, find(one, "table"))), text(one, "title"),
                        text(one, "description"), text(one, "utype")) for one in found)


def table(element: Any) -> Table:
    """What a table element tells."""
    keys = tuple(ForeignKey(text(key, "targetTable"), tuple((text(pair, "fromColumn"), text(pair, "targetColumn"))
                                                            for pair in find(key, "fkColumn")),
                            text(key, "description"), text(key, "utype")) for key in find(element, "foreignKey"))
    return Table(text(element, "name"), tuple(map(_column, find(element, "column"))), keys, text(element, "title"),
                 text(element, "description"), text(element, "utype"), text(element, "nrows"), element.get("type", ""))


def _column(element: Any) -> Column:
    told: dict[str, Any] = {}
    for child in element:
        told.setdefault(local(child), child)
    words = {name: " ".join("".join(child.itertext()).split()) for name, child in told.items() if name}
    datatype = told.get("dataType")
    kind_of = {} if datatype is None else datatype.attrib
    return Column(
        words.get("name", ""), words.get("dataType", ""), kind_of.get("arraysize", ""), words.get("unit", ""),
        words.get("ucd", ""), words.get("utype", ""), words.get("description", ""), kind_of.get("extendedType", ""),
        "" if datatype is None else kind(datatype),
        tuple("".join(flag.itertext()).strip() for flag in find(element, "flag")) if "flag" in told else (),
        tuple(sorted((name.removeprefix(_STATISTICS), value) for name, value in element.attrib.items()
                     if name.startswith(_STATISTICS))))


def repeated(names: Iterable[str]) -> list[str]:
    """The names of tables or columns that come more than once; the case of those without quotes does not count."""
    return sorted(name for name, times in Counter(map(folded, names)).items() if times > 1)


def folded(name: str) -> str:
    """A name as it is compared: in lower case but for what stands in quotes (ADQL 2.1, 2.1.4)."""
    return "".join(part if number % 2 else part.lower() for number, part in enumerate(re.split('("[^"]*")', name)))


def is_arraysize(size: str) -> bool:
    """Whether an arraysize is one: `3`, `*`, `5*`, `3x2x*` (VOTable 1.4, 2.2)."""
    return not size or _ARRAYSIZE.fullmatch(size) is not None


def dimensions(size: str) -> tuple[int | None, ...]:
    """The length of each dimension, fastest first as VOTable writes them; None for a variable one."""
    return tuple(None if part.endswith("*") else int(part) for part in size.split("x")) if size else ()
