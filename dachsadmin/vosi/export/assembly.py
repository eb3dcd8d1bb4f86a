"""Puts together what DaCHS serves of its tables from what it tells of each RD: both tablesets, and a document per table."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from dachsadmin.system.servedtables import Served
from dachsadmin.vosi.export.content import Content

_LOCATION = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*")
_LONGEST = 200
_OBSCORE = "ivoa.obscore"
_BODIES = ("column", "foreignKey")
"""What detail=min leaves out (VOSI 1.1, 3.3)."""


@dataclass(frozen=True)
class Table:
    """A table that DaCHS lists: `name` as it writes it, `told` its entry in the content of its RD."""

    name: str
    rd: str
    told: Mapping[str, Any]


def listed(served: Iterable[Served], contents: Mapping[str, Content]) -> list[Table]:
    """The tables that DaCHS tells of, in order."""
    found = []
    for one in served:
        told = contents.get(one.rd, {}).get("tables", {}).get(one.table)
        if told is not None:
            found.append(Table(told["name"], one.rd, told))
    return found


def documents(tables: list[Table], contents: Mapping[str, Content]) -> tuple[dict[str, bytes], dict[str, str]]:
    """The documents by the paths of their files (max.xml, min.xml, tables/...), and those of the tables by name."""
    names = {table.name for table in tables}
    paths = {table.name: path_of(table.name) for table in tables}
    made = {paths[table.name]: _document(table, names) for table in tables}
    whole = _tableset(tables, contents, names)
    made["max.xml"] = _written(whole)
    for table in list(whole.iter("table")):
        for child in [child for child in table if child.tag in _BODIES]:
            table.remove(child)
    made["min.xml"] = _written(whole)
    return made, paths


def path_of(name: str) -> str:
    """Where the document of a table is. Whatever is in its name, it is a name of a file."""
    if _PLAIN.fullmatch(name) and len(name) <= _LONGEST:
        return f"tables/{name}.xml"
    return f"tables/x-{hashlib.sha256(name.encode()).hexdigest()}.xml"


def _document(table: Table, names: set[str]) -> bytes:
    text: bytes = table.told["document"].encode()
    if not table.told["filtered"]:
        return text
    root = parsed(table.told["document"])
    return _written(root) if _drop_keys(root, names) else text


def _tableset(tables: list[Table], contents: Mapping[str, Content], names: set[str]) -> Any:
    """The tableset with everything in it, as gavo.registry.tableset orders it."""
    by_schema: dict[str, list[Table]] = {}
    for table in tables:
        by_schema.setdefault(contents[table.rd]["name"], []).append(table)
    schemas = [(contents[inside[-1].rd], inside) for _, inside in sorted(by_schema.items())]
    elements = []
    for content, inside in sorted(schemas, key=lambda schema: int(schema[0]["rank"])):
        schema = parsed(content["schema"]).find("schema")
        for table in sorted(inside, key=lambda table: int(table.told["rank"])):
            element = parsed(table.told["document"])
            if table.told["filtered"]:
                _drop_keys(element, names)
            element.tag = "table"
            schema.append(element)
        elements.append(schema)
    _add_stub(elements, tables, contents, names)
    return _root([parsed(contents[table.rd]["schema"]) for table in tables[:1]], elements)


def _add_stub(elements: list[Any], tables: list[Table], contents: Mapping[str, Content], names: set[str]) -> None:
    """Where tables contribute to an ivoa.obscore that is not listed, DaCHS tells of it all the same."""
    stubs = [contents[table.rd]["stub"] for table in tables if table.told["obscore"]]
    if not stubs or _OBSCORE in names:
        return
    for schema in parsed(stubs[0]):
        for table in schema.findall("table"):
            if table.findtext("name") == _OBSCORE:
                there = [one for one in elements if one.findtext("name") == schema.findtext("name")]
                if not there:
                    for other in [other for other in schema.findall("table") if other is not table]:
                        schema.remove(other)
                    elements.append(schema)
                else:
                    there[0].append(table)


def _root(patterns: list[Any], schemas: list[Any]) -> Any:
    """A tableset with all namespaces that the schemas use, and DaCHS's processing instructions before it."""
    from lxml import etree

    spaces: dict[str, str] = {}
    locations: dict[str, str] = {}
    for element in [*patterns, *(part for schema in schemas for part in (schema, *schema))]:
        spaces |= element.nsmap
        words = element.attrib.pop(_LOCATION, "").split()
        locations |= dict(zip(words[::2], words[1::2], strict=False))
    root = etree.Element(patterns[0].tag, nsmap=spaces)
    root.set(_LOCATION, " ".join(f"{space} {place}" for space, place in locations.items()))
    root.extend(schemas)
    for instruction in _before(patterns[0]):
        root.addprevious(deepcopy(instruction))
    return root


def _before(root: Any) -> Iterator[Any]:
    return reversed(list(root.itersiblings(preceding=True)))


def _drop_keys(table: Any, names: set[str]) -> bool:
    """Remove foreign keys to tables that are not listed; tell whether there were any."""
    strangers = [key for key in table.findall("foreignKey") if key.findtext("targetTable") not in names]
    for key in strangers:
        table.remove(key)
    return bool(strangers)


def parsed(text: str | bytes) -> Any:
    """The root of a document of DaCHS."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    return etree.fromstring(text.encode() if isinstance(text, str) else text, parser)


def _written(root: Any) -> bytes:
    from lxml import etree

    written: bytes = etree.tostring(root.getroottree(), xml_declaration=True, encoding="utf-8")
    return written


def faults(made: Mapping[str, bytes], judge: Callable[[Any], list[str]]) -> dict[str, list[str]]:
    """What is invalid in documents, by their paths."""
    return {path: found for path, content in made.items() if (found := judge(parsed(content)))}
