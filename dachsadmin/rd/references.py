"""The ids of an RD, what refers to them, and what each reference leads to."""

from __future__ import annotations

import enum
import posixpath
from dataclasses import dataclass
from typing import NamedTuple

from dachsadmin.rd.document import Document, Element
from dachsadmin.rd.expansion import Node, find_builtin, played, sites, written_ids
from dachsadmin.rd.members import Builtin
from dachsadmin.rd.surroundings import Surroundings, remembered

PROC_APPS = frozenset({
    "apply", "rowfilter", "sourceFields", "iterator", "pargetter", "phraseMaker", "descriptorGenerator", "metaMaker",
    "dataFunction", "dataFormatter", "coreProc", "regTest", "job", "processEarly", "processLate", "makeQuery"})
TABLE_CORES = frozenset({"dbCore", "fancyQueryCore", "scsCore", "siapCutoutCore", "ssapCore", "productCore"})

_TABLE = frozenset({"table", "outputTable"})
_STREAM = frozenset({"STREAM", "NXSTREAM"})
_PROC_DEF = PROC_APPS | {"procDef"}
_ANYTHING: frozenset[str] = frozenset()
CORES = TABLE_CORES | {"adqlCore", "customCore", "datalinkCore", "debugCore", "fixedQueryCore", "nullCore",
                       "pythonCore", "registryCore", "tapCore", "uploadCore", "core"}

REFERENCES: dict[str, dict[str, frozenset[str]]] = {
    "make": {"table": _TABLE, "rowmaker": frozenset({"rowmaker", "parmaker"}), "parmaker": frozenset({"parmaker"})},
    "service": {"core": CORES},
    "publish": {"service": frozenset({"service"}), "services": frozenset({"service"})},
    "register": {"services": frozenset({"service"})},
    "foreignKey": {"inTable": _TABLE},
    "condDesc": {"buildFrom": _ANYTHING},
    "rowsetGrammar": {"fieldsFrom": _ANYTHING},
    "contextGrammar": {"inputTD": _ANYTHING},
    "updater": {"sourceTable": _TABLE, "spaceTable": _TABLE, "timeTable": _TABLE, "spectralTable": _TABLE},
    "uploadCore": {"destDD": frozenset({"data"})},
    "FEED": {"source": _STREAM}, "LFEED": {"source": _STREAM}, "LOOP": {"source": _STREAM},
    "table": {"mixin": frozenset({"mixinDef"})},
    "data": {"recreateAfter": frozenset({"data"})},
    **{core: {"queriedTable": _TABLE} for core in TABLE_CORES},
    **{app: {"procDef": _PROC_DEF} for app in PROC_APPS},
}
"""By element: the attributes that refer to something, and what that must be (DaCHS 2.3 to 2.13)."""

_WRITTEN_AS_CHILD = frozenset(name for attributes in REFERENCES.values() for name in attributes) | {"original"}
_REFERRING = _WRITTEN_AS_CHILD | frozenset(REFERENCES)
_NONE: dict[str, frozenset[str]] = {}
_LISTS = frozenset({"services"})
_LATE = frozenset({"recreateAfter"})
_FREE = frozenset({"url", "DEFAULTS", "PRUNE", "meta", "EDIT", "mixin"})


class Reference(NamedTuple):
    """Attribute `attribute` of `node` (`` for its text) names `target`, which must be one of the elements `wanted`.

    `late`: looked up when it is used, not while the RD is read.
    """

    node: Node
    attribute: str
    target: str
    wanted: frozenset[str]
    late: bool = False

    @property
    def element(self) -> Element:
        """Where a finding belongs: the element itself, or the FEED that brings it from elsewhere."""
        return place_of(self.node)

    @property
    def attribute_there(self) -> str:
        """The attribute of `element` to point at, `` if the reference is not written there."""
        return self.attribute if place_of(self.node) is self.node.element else ""


def place_of(node: Node) -> Element:
    """Where a finding about a node belongs: what stands in a LOOP is found there, what a FEED brings is at the FEED."""
    if node.site is node.element or any(ancestor is node.site for ancestor in node.element.ancestors()):
        return node.element
    return node.site


class Outcome(enum.Enum):
    """What became of looking a reference up."""

    FOUND = "found"
    UNKNOWN = "only DaCHS can know"
    LATER = "defined later in the RD"
    MISSING = "nowhere in the RD"
    NO_RD = "there is no such RD"
    BROKEN_RD = "that RD cannot be read"
    MISSING_THERE = "not in that RD"
    MISSING_MEMBER = "the table has no such column or param"
    NO_USER_CONFIG = "there is no userconfig"


class Target(NamedTuple):
    """Where a reference leads: to an element in an RD that can be read (`node`), or to something built into DaCHS.

    `kind` is the element name, `` where it is not known.
    """

    outcome: Outcome
    node: Node | None = None
    kind: str = ""
    builtin: Builtin | None = None


@dataclass(frozen=True)
class Ids:
    """All ids of an RD: the elements with each, in the order in which DaCHS meets them.

    `open`: something that cannot be known may make more.
    """

    nodes: dict[str, list[Node]]
    open: bool


@remembered
def ids(rd: Document, world: Surroundings) -> Ids:
    """The ids of an RD, those made by its FEEDs, LOOPs and mixins included."""
    nodes = {name: [Node(element, rd) for element in elements] for name, elements in written_ids(rd).items()}
    is_open = False
    if sites(rd):
        for node in played(rd, world):
            if node.unknown:
                is_open = True
                continue
            if node.element.parent is None and "id" not in node.element.attrib:
                continue  # made by something built in
            name = node.get("id") if node.tag not in _FREE else None
            if name is None:
                continue
            if "\\" in name:
                is_open = True
            else:
                nodes.setdefault(name, []).append(node)
    return Ids(nodes, is_open)


@remembered
def references(rd: Document, world: Surroundings) -> list[Reference]:
    """Everything in an RD that refers to an id, unless a macro hides what to."""
    found: list[Reference] = []
    for element in rd.order:
        if (element.tag in _REFERRING or "original" in element.attrib) and not element.replayed:
            found += references_of(Node(element, rd))
    if sites(rd):
        for node in played(rd, world):
            if (node.tag in _REFERRING or "original" in node.element.attrib) and not node.unknown:
                found += references_of(node)
    return found


def references_of(node: Node) -> list[Reference]:
    """What one element refers to."""
    element = node.element
    attrib = element.attrib
    found: list[Reference] = []
    for name, wanted in REFERENCES.get(element.tag, _NONE).items():
        if name in attrib:
            found += _targets(node, name, attrib[name], wanted)
    if "original" in attrib and element.tag not in _FREE and element.tag not in ("FEED", "LFEED", "LOOP"):
        found += _targets(node, "original", attrib["original"], _ANYTHING)
    parent = element.parent
    if element.tag in _WRITTEN_AS_CHILD and parent is not None and not element.children:
        known = REFERENCES.get(parent.tag, _NONE)
        is_reference = element.tag in known or (element.tag == "original" and parent.tag not in _FREE)
        if is_reference and (not attrib or element.tag == "mixin") and element.text.strip():
            wanted = known.get(element.tag, _ANYTHING)
            found += _targets(node, "", element.text.strip(), wanted, element.tag in _LATE)
    return found


def _targets(node: Node, name: str, value: str, wanted: frozenset[str], late: bool = False) -> list[Reference]:
    value = node.fill(value)
    if "\\" in value:
        return []
    return [Reference(node, name, target.strip(), wanted, late)
            for target in (value.split(",") if name in _LISTS else [value])]


def look_up(reference: Reference, rd: Document, world: Surroundings) -> Target:
    """What a reference without a dot leads to, by id alone."""
    rd_id, hash_sign, name = reference.target.rpartition("#")
    if hash_sign:
        return _look_up_elsewhere(rd_id, name, rd, world)
    here = written_ids(rd).get(name)
    if here and here[0].index <= reference.node.site.index:
        element = next(element for element in reversed(here) if element.index <= reference.node.site.index)
        return Target(Outcome.FOUND, Node(element, rd), element.tag)
    known = ids(rd, world)
    found = known.nodes.get(name)
    if found:
        before = [node for node in found if node.site.index <= reference.node.site.index]
        if before:
            return Target(Outcome.FOUND, before[-1], before[-1].tag)
        return Target(Outcome.FOUND if reference.late else Outcome.LATER, found[0], found[0].tag)
    return Target(Outcome.UNKNOWN if known.open else Outcome.MISSING)


def canonical(rd_id: str) -> str:
    """An RD id as DaCHS makes it unique: `//tap` for `__system__/tap.rd`."""
    if rd_id.endswith(".rd"):
        rd_id = rd_id[:-3]
    if "./" in rd_id:
        rd_id = posixpath.normpath(rd_id)
    return "//" + rd_id[len("__system__/"):] if rd_id.startswith("__system__/") else rd_id


def _look_up_elsewhere(rd_id: str, name: str, rd: Document, world: Surroundings) -> Target:
    rd_id = canonical(rd_id)
    if rd_id == "%":
        return _look_up_in_userconfig(name, world)
    if rd_id == canonical(rd.rd_id):
        other: Document | None = rd
    else:
        other = world.document(rd_id)
    if other is None:
        return _look_up_builtin(rd_id, name, world)
    return _look_up_in(other, name, world)


def _look_up_in(other: Document, name: str, world: Surroundings) -> Target:
    if other.root is None:
        return Target(Outcome.BROKEN_RD)
    found = written_ids(other).get(name)
    if found:
        node = Node(found[-1], other)
        return Target(Outcome.FOUND, node, node.tag)
    known = ids(other, world)
    if name in known.nodes:
        node = known.nodes[name][-1]
        return Target(Outcome.FOUND, node, node.tag)
    return Target(Outcome.UNKNOWN if known.open else Outcome.MISSING_THERE)


def _look_up_in_userconfig(name: str, world: Surroundings) -> Target:
    own = world.user_config
    if own is not None and own.root is not None:
        target = _look_up_in(own, name, world)
        if target.outcome is not Outcome.MISSING_THERE:
            return target
    target = _look_up_builtin("//userconfig", name, world)
    if target.outcome is Outcome.MISSING_THERE and own is None:
        return Target(Outcome.NO_USER_CONFIG)
    return target


def _look_up_builtin(rd_id: str, name: str, world: Surroundings) -> Target:
    if rd_id not in world.language.builtin_rds:
        return Target(Outcome.NO_RD)
    found = find_builtin(f"{rd_id}#{name}", world)
    if found is None:
        return Target(Outcome.MISSING_THERE)
    return Target(Outcome.FOUND, None, found.kind, found)
