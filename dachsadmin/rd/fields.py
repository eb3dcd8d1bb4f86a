"""The columns, output fields, params and input keys of an RD, those that its streams make included."""

from __future__ import annotations

from dachsadmin.rd.document import Document
from dachsadmin.rd.expansion import Node, all_nodes
from dachsadmin.rd.surroundings import Surroundings, remembered

Field = tuple[Node, str, "str | None"]
"""One of them, with its name (`` if it has none) and its type, macros filled in."""


@remembered
def fields(rd: Document, world: Surroundings) -> list[Field]:
    """All fields by element name, but for those that DaCHS's own mixins and streams bring."""
    return [(node, node.get("name") or "", node.get("type"))
            for node in all_nodes(rd, world, "column", "outputField", "param", "inputKey")
            if node.element.parent is not None]
