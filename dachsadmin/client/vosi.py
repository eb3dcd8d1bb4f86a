"""VOSI documents and registry records: what a service says of its state, its interfaces and its tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dachsadmin.client.vo import NotUnderstood
from dachsadmin.client.web import Answer

_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_ARRAYSIZE = re.compile(r"([1-9]\d*x)*([1-9]\d*\*?|\*)")


@dataclass(frozen=True)
class Interface:
    """One way to reach a capability. `kind` is the xsi:type without its prefix (`ParamHTTP`, `WebBrowser`)."""

    url: str
    kind: str
    role: str = ""


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
    """A column as VOSI has it; `arraysize` is `` for a scalar."""

    name: str
    datatype: str
    arraysize: str
    unit: str = ""
    ucd: str = ""


@dataclass(frozen=True)
class Table:
    """A table as VOSI has it."""

    name: str
    columns: tuple[Column, ...]


def xml(answer: Answer, what: str) -> Any:
    """The root of an XML answer. Nothing outside of it is read. Raises NotUnderstood."""
    from lxml import etree

    if answer.status != 200:
        raise NotUnderstood(f"{what} answers with HTTP status {answer.status}")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        return etree.fromstring(answer.body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotUnderstood(f"{what} is no XML: {error}") from None


def local(element: Any) -> str:
    """The name of an element without its namespace; `` for what is no element."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


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
    interfaces = tuple(Interface(text(one, "accessURL"), kind(one), one.get("role", ""))
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
        return (_table(root),)
    schemas = list(find(root, "schema")) or [schema for inner in find(root, "tableset") for schema in find(inner, "schema")]
    return tuple(_table(table) for schema in schemas for table in find(schema, "table"))


def _table(element: Any) -> Table:
    columns = []
    for column in find(element, "column"):
        kind = next(find(column, "dataType"), None)
        columns.append(Column(text(column, "name"), "" if kind is None else "".join(kind.itertext()).strip(),
                              "" if kind is None else kind.get("arraysize", ""), text(column, "unit"), text(column, "ucd")))
    return Table(text(element, "name"), tuple(columns))


def is_arraysize(size: str) -> bool:
    """Whether an arraysize is one: `3`, `*`, `5*`, `3x2x*` (VOTable 1.4, 2.2)."""
    return not size or _ARRAYSIZE.fullmatch(size) is not None


def dimensions(size: str) -> tuple[int | None, ...]:
    """The length of each dimension, fastest first as VOTable writes them; None for a variable one."""
    return tuple(None if part.endswith("*") else int(part) for part in size.split("x")) if size else ()
