"""The columns, output fields, params and input keys of an RD, those that its streams make included."""

from __future__ import annotations

from typing import NamedTuple

from dachsadmin.rd.document import Document
from dachsadmin.rd.expansion import Node, all_nodes
from dachsadmin.rd.surroundings import Surroundings, remembered


class Field(NamedTuple):
    """One of them, with its name (`` if it has none) and type as they are written, macros filled in."""

    node: Node
    name: str
    type: str | None

    @property
    def tag(self) -> str:
        return self.node.tag


@remembered
def fields(rd: Document, world: Surroundings) -> list[Field]:
    """All fields by element name, but for those that DaCHS's own mixins and streams bring."""
    return [Field(node, node.get("name") or "", node.get("type"))
            for node in all_nodes(rd, world, "column", "outputField", "param", "inputKey")
            if node.element.parent is not None]
