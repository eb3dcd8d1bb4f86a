"""What an RD publishes: services, tables, data and pure registry records, with the sets they are published in."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from dachsadmin.rd.document import Document
from dachsadmin.rd.expansion import Node
from dachsadmin.rd.members import Builtin
from dachsadmin.rd.metas import inside, top_level
from dachsadmin.rd.surroundings import Surroundings, remembered

VO = "ivo_managed"
"""The set that the VO registry harvests."""


class Publication(NamedTuple):
    """One publish or register element; `sets` is None where a macro hides them. `render` is `` on tables and data."""

    node: Node
    sets: frozenset[str] | None
    render: str = ""


@dataclass(frozen=True)
class Resource:
    """A service, table, data or resRec below the root, with the publications that stand in it.

    `chain` is where its metadata comes from, innermost first. `open`: something unknown may publish it too.
    """

    node: Node
    chain: tuple[Node, ...]
    publications: tuple[Publication, ...] = field(default=())
    open: bool = False

    @property
    def kind(self) -> str:
        return self.node.tag

    @property
    def id(self) -> str:
        return self.node.get("id") or ""

    @property
    def shown(self) -> str:
        """How messages call it."""
        return f"{self.kind} {self.id!r}" if self.id else f"a {self.kind} without id"

    @cached_property
    def in_vo(self) -> bool:
        """Whether the VO registry certainly gets a record of it."""
        return self.kind == "resRec" or any(publication.sets and VO in publication.sets
                                            for publication in self.publications)

    @property
    def published(self) -> bool:
        return self.kind == "resRec" or bool(self.publications)


@remembered
def resources(rd: Document, world: Surroundings) -> list[Resource]:
    """The services, tables, data and resRecs of an RD that stand (or are put by streams) directly below its root."""
    assert rd.root is not None
    root = Node(rd.root, rd)
    found = []
    for node in top_level(rd, world):
        if node.tag not in ("service", "table", "data", "resRec") or not _written(node):
            continue
        publications, is_open = _publications(node, rd, world)
        found.append(Resource(node, (node, root), publications, is_open))
    return found


def _written(node: Node) -> bool:
    """Whether an element stands in an RD that can be read.

    Of what DaCHS's own streams make, only the names are known.
    """
    order = node.rd.order
    return node.element.index < len(order) and order[node.element.index] is node.element


def _publications(node: Node, rd: Document, world: Surroundings) -> tuple[tuple[Publication, ...], bool]:
    found = []
    is_open = node.get("original") is not None
    for child in inside(node, rd, world):
        if isinstance(child, Builtin):
            is_open = is_open or "publish" in child.elements
        elif child.unknown:
            is_open = is_open or child.tag != "mixin"
        elif child.tag in ("publish", "register"):
            sets = child.get("sets")
            names: frozenset[str] | None = frozenset(name.strip() for name in (sets or "").split(",") if name.strip())
            if sets and "\\" in sets:
                names = None
            elif not names:
                names = frozenset({"local"}) if node.tag in ("service", "resRec") else frozenset({VO})
            render = "" if node.tag in ("table", "data") else child.get("render") or "form"
            found.append(Publication(child, names, render))
    return tuple(found), is_open
