"""The services of an RD: their cores, renderers and properties."""

from __future__ import annotations

from typing import NamedTuple

from dachsadmin.rd.columns import core_of
from dachsadmin.rd.document import Document
from dachsadmin.rd.expansion import Node, all_nodes, children
from dachsadmin.rd.surroundings import Surroundings, remembered

ANYBODY = frozenset({
    "availability", "capabilities", "coverage", "edition", "examples", "howtocite", "info", "tableMetadata",
    "tableinfo", "tablenote", "tables"})
"""Renderers that answer on every service, allowed or not (DaCHS 2.7)."""


class Service(NamedTuple):
    """A service.

    `core` is the element name of its core, `` if that is not known. `allowed` are its renderers (form if none are
    given), `templates` the keys of its templates. Unless `complete`, there may be more than is known here.
    """

    node: Node
    core: str
    allowed: tuple[str, ...]
    properties: dict[str, str]
    templates: frozenset[str]
    publications: tuple[Node, ...]
    complete: bool

    @property
    def name(self) -> str:
        return self.node.get("id") or ""


@remembered
def services(rd: Document, world: Surroundings) -> list[Service]:
    """The services of an RD."""
    return [_service(node, world) for node in all_nodes(rd, world, "service")]


def _service(node: Node, world: Surroundings) -> Service:
    properties: dict[str, str] = {}
    templates: set[str] = set()
    publications = []
    complete = node.get("original") is None
    allowed = node.get("allowed") or ""
    for child in children(node, world):
        if child.unknown:
            complete = False
        elif child.tag == "property":
            properties[child.get("name") or child.get("key") or ""] = child.text.strip()
        elif child.tag == "template":
            templates.add(child.get("key") or "")
        elif child.tag == "publish":
            publications.append(child)
        elif child.tag == "allowed" and child.site is not child.element:
            allowed = f"{allowed},{child.text}"
    core = core_of(node, world)
    if "\\" in allowed:
        complete = False
    names = tuple(dict.fromkeys(name.strip() for name in allowed.split(",") if name.strip() and "\\" not in name))
    return Service(node, core.kind if core is not None else "", names or ("form",), properties, frozenset(templates),
                   tuple(publications), complete)
