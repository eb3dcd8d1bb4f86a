"""What the makes of an RD put together: a table, and the rowmaker that fills it."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from typing import NamedTuple

from dachsadmin.rd import columns, references
from dachsadmin.rd.columns import Columns
from dachsadmin.rd.document import Document
from dachsadmin.rd.expansion import Node, all_nodes, children
from dachsadmin.rd.references import Reference
from dachsadmin.rd.surroundings import Surroundings, remembered


class Make(NamedTuple):
    """A make: its table's columns, its rowmaker and parmaker where they can be read, the name of its table.

    `targets` are what the rowmaker says that it fills, `param_targets` what the parmaker does.
    """

    node: Node
    table: str
    columns: Columns
    rowmaker: Node | None
    parmaker: Node | None
    targets: list[Target]
    param_targets: list[Target]


class Target(NamedTuple):
    """A column (or a pattern for columns) that a rowmaker fills, and where that is said (attribute `` for a map)."""

    name: str
    node: Node
    attribute: str
    pattern: bool = False


@remembered
def makes(rd: Document, world: Surroundings) -> list[Make]:
    """The makes of an RD."""
    return [_make(node, world) for node in all_nodes(rd, world, "make")]


def _make(node: Node, world: Surroundings) -> Make:
    parts: dict[str, Node] = {}
    for child in children(node, world):
        if child.tag in ("table", "rowmaker", "parmaker") and (
                child.element.children or child.element.attrib or not child.element.text.strip()):
            parts[child.tag] = child
    for name in ("table", "rowmaker", "parmaker"):
        reference = node.get(name)
        if name not in parts and reference and "\\" not in reference:
            target = references.look_up(Reference(node, name, reference, frozenset()), node.rd, world)
            if target.node is not None:
                parts[name] = target.node
    table = parts.get("table")
    known = columns.columns_of(table, world) if table is not None else columns.columns_of_reference(
        node.get("table") or "", node, world)
    name = (table.get("id") or "") if table is not None else node.get("table") or ""
    rowmaker, parmaker = parts.get("rowmaker"), parts.get("parmaker")
    return Make(node, name, known, rowmaker, parmaker, list(_targets(rowmaker, world)), list(_targets(parmaker, world)))


def _targets(rowmaker: Node | None, world: Surroundings) -> Iterator[Target]:
    """What a rowmaker says that it fills: maps, idmaps and simplemaps."""
    if rowmaker is None:
        return
    for child in children(rowmaker, world):
        if child.tag == "map":
            for attribute in ("key", "dest", "name"):
                name = child.get(attribute)
                if name is not None:
                    yield Target(name.strip(), child, attribute)
                    break
    for name in (rowmaker.get("idmaps") or "").split(","):
        if name.strip():
            yield Target(name.strip(), rowmaker, "idmaps", True)
    for pair in (rowmaker.get("simplemaps") or "").split(","):
        name, colon, _ = pair.partition(":")
        if colon:
            yield Target(name.strip(), rowmaker, "simplemaps")


def fills(target: Target, known: dict[str, Node | None]) -> list[str]:
    """The columns that a target fills."""
    if target.name == "*" and target.pattern:
        return list(known)
    if target.pattern:
        return fnmatch.filter(known, target.name)
    return [name for name in (target.name, f"quoted/{target.name}") if name in known]
