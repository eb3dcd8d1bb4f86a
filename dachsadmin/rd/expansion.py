"""What FEED, LOOP, EDIT and mixins make of the streams they play, as far as that can be known without DaCHS."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from dachsadmin.rd.document import Document, Element
from dachsadmin.rd.members import Builtin
from dachsadmin.rd.macros import Level, fill, is_true
from dachsadmin.rd.surroundings import Surroundings, remember, remembered

PLAYERS = frozenset({"FEED", "LFEED", "LOOP"})
UNKNOWN = "(unknown)"
"""The tag of what a mixin makes by code."""

STREAMS = frozenset({"STREAM", "NXSTREAM"})
MIXINS = frozenset({"mixinDef"})
_MOVING = PLAYERS | STREAMS | {"mixin"}
UNSEEN = "(something)"
"""The tag of what a built-in stream makes inside its elements, of which only the id is known."""

_UNKNOWN_TAGS = PLAYERS | {UNKNOWN}
_NOT_PLAYED = frozenset({"doc", "DEFAULTS"})
_NO_MACROS = frozenset({"doc", "DEFAULTS", "PRUNE", "EDIT"})
_OWN_ATTRIBUTES = frozenset({"source", "reexpand", "id", "listItems", "csvItems", "codeItems", "events"})
_DEEPEST = 15
_MOST_ROUNDS = 2000
_MOST_PLAYED = 20_000


class Node:
    """An element as it stands after streams were played.

    It is written as `element` in `rd`; `site` is the FEED, LOOP or mixin, in the RD looked at, that brought it there
    (the element itself if it is simply written there). Nodes that are `unknown` stand for what only DaCHS can tell.
    """

    __slots__ = ("element", "rd", "tag", "site", "levels", "edits", "passive", "depth", "names", "_parent")

    def __init__(self, element: Element, rd: Document, site: Element | None = None, levels: tuple[Level, ...] = (),
                 edits: tuple[Node, ...] = (), passive: bool = False, depth: int = 0) -> None:
        self.element = element
        self.tag = element.tag
        self.rd = rd
        self.site = element if site is None else site
        self.levels = levels
        self.edits = edits
        self.passive = passive
        self.depth = depth
        self.names: tuple[str, ...] | None = None
        """What columns.names_of found out."""
        self._parent: Node | None = None

    @property
    def parent(self) -> Node | None:
        """The element that this one is a child of once everything is played."""
        if self._parent is None and self.site is self.element and self.element.parent is not None:
            self._parent = Node(self.element.parent, self.rd)
        return self._parent

    @property
    def unknown(self) -> bool:
        return self.tag in _UNKNOWN_TAGS

    def fill(self, value: str) -> str:
        """A text with macros filled in; what cannot be known keeps its backslash."""
        return fill(value, self.levels) if "\\" in value else value

    def get(self, name: str, default: str | None = None) -> str | None:
        """The value of an attribute (see Element.get), macros filled in; a backslash in it means: unknown."""
        for edit in self.edits:
            value = edit.get(name)
            if value is not None:
                return value
        element = self.element
        value = element.attrib.get(name)
        if value is None:
            if not element.children:
                return default
            value = element.get(name)
            if value is None:
                return default
        return fill(value, self.levels) if self.levels and "\\" in value else value

    @property
    def text(self) -> str:
        return self.fill(self.element.text)

    def __repr__(self) -> str:
        return f"Node({self.element!r})"


def children(node: Node, world: Surroundings) -> list[Node]:
    """The children of an element with all streams and mixins played."""
    element = node.element
    if not element.children and not node.edits and "mixin" not in element.attrib:
        return []
    if node.levels or node.edits or node.site is not element:
        return _children(node, world)
    return remember(node.rd, world, ("children", node.element.index), lambda: _children(node, world))


def _children(node: Node, world: Surroundings) -> list[Node]:
    found: list[Node] = []
    element = node.element
    if element.tag == "table" and "mixin" in element.attrib:
        _mix_in(node, None, world, found)
    site = None if node.site is element else node.site
    in_stream = element.tag in ("events", "lateEvents")
    for child in element.children:
        if in_stream and child.tag in _NOT_PLAYED:
            continue
        made = Node(child, node.rd, site, node.levels, (), node.passive, node.depth)
        if child.tag in _MOVING:
            _play(made, world, found)
        else:
            found.append(made)
    for edit in node.edits:
        for child in edit.element.children:
            _play(Node(child, edit.rd, edit.site, edit.levels, depth=node.depth), world, found)
    for made in found:
        made._parent = node
    return found


def play(node: Node, world: Surroundings) -> list[Node]:
    """What stands in the place of one element once it is played: the element itself if it is none that plays."""
    found: list[Node] = []
    _play(node, world, found)
    return found


def _play(node: Node, world: Surroundings, found: list[Node]) -> None:
    tag = node.element.tag
    if tag in PLAYERS:
        _replay(node, world, found)
    elif tag == "mixin":
        _mix_in(node, node.element, world, found)
    elif tag not in STREAMS:
        found.append(node)


def _replay(node: Node, world: Surroundings, found: list[Node]) -> None:
    """Add what a FEED or LOOP makes; the node itself if that cannot be known."""
    stream = _stream(node, world)
    rounds = _rounds(node) if node.tag == "LOOP" else [{}]
    if stream is None or rounds is None or node.depth > _DEEPEST or len(rounds) > _MOST_ROUNDS:
        found.append(node)
        return
    played_so_far = node.rd.facts["played so far"] = node.rd.facts.get("played so far", 0) + len(rounds)
    if played_so_far > _MOST_PLAYED:
        found.append(node)
        return
    brought = _brought(stream) if isinstance(stream, Builtin) else stream.element.children
    home, raw, passive = node.rd, False, False
    macros = _free_attributes(node)
    if isinstance(stream, Node):
        home, raw, passive = stream.rd, stream.tag == "NXSTREAM", stream.passive
        macros = _defaults(stream.element) | macros
    reexpand = is_true(node.get("reexpand"))
    prunes = [child for child in node.element.children if child.tag == "PRUNE"]
    edits = _edits(node)
    for items in rounds:
        level = () if node.tag == "LFEED" else (Level(macros | items, reexpand, raw),)
        levels = node.levels + level if node.passive else level + node.levels
        for child in brought:
            if child.tag in _NOT_PLAYED or (prunes and _pruned(child, prunes)):
                continue
            made = Node(child, home, node.site, levels, passive=raw or passive, depth=node.depth + 1)
            if edits:
                made.edits = tuple(edit for (tag, name), edit in edits if child.tag == tag
                                   and name in (made.get("name"), made.get("id")))
            if child.tag in _MOVING:
                _play(made, world, found)
            else:
                found.append(made)


_BROUGHT: dict[int, tuple[Builtin, list[Element]]] = {}


def _brought(thing: Builtin) -> list[Element]:
    """What a built-in stream or mixin brings, as elements that stand nowhere."""
    known = _BROUGHT.get(id(thing))
    if known is None:
        known = _BROUGHT[id(thing)] = (thing, list(_made_by(thing)))
    return known[1]


def _made_by(thing: Builtin) -> Iterator[Element]:
    for name, kind in thing.columns.items():
        yield _element("column", {"name": name, "type": kind} if kind else {"name": name})
    for name in thing.params:
        yield _element("param", {"name": name})
    for tag, names in thing.elements.items():
        for name in names:
            yield _element(tag, {"name": name} if name else {})
    for name in thing.ids:
        yield _element(UNSEEN, {"id": name})
    for reference in thing.uses:
        yield _element("mixin", {}, reference)
    if thing.open:
        yield _element(UNKNOWN, {})


def _element(tag: str, attrib: dict[str, str], text: str = "") -> Element:
    element = Element(tag, attrib, None, 0, 0)
    element.chunks.append(text)
    return element


def _stream(node: Node, world: Surroundings) -> Node | Builtin | None:
    """The STREAM or events element that a FEED or LOOP plays."""
    source = node.get("source")
    events = node.element.child("events")
    if events is not None:
        return Node(events, node.rd, passive=(events.get("passivate") or "").lower() == "true")
    if source is None or "\\" in source:
        return None
    return find_element(node.rd, source, world, STREAMS) or _builtin_of(source, world, STREAMS)


def _builtin_of(reference: str, world: Surroundings, kinds: frozenset[str]) -> Builtin | None:
    found = find_builtin(reference, world)
    return found if found is not None and found.kind in kinds else None


def find_element(rd: Document, reference: str, world: Surroundings, tags: frozenset[str]) -> Node | None:
    """The element with one of the tags that a reference names, where it is written in an RD that can be read."""
    rd_id, hash_sign, name = reference.strip().rpartition("#")
    home: Document | None = rd
    if hash_sign:
        home = world.user_config if rd_id == "%" else world.document(rd_id)
    if home is None or home.root is None:
        return None
    for element in reversed(written_ids(home).get(name, [])):
        if element.tag in tags:
            return Node(element, home)
    return None


def find_builtin(reference: str, world: Surroundings) -> Builtin | None:
    """What a reference means in DaCHS's own RDs; `%` falls back to the built-in userconfig."""
    rd_id, hash_sign, name = reference.strip().rpartition("#")
    if not hash_sign or not rd_id.startswith(("//", "__system__/", "%")):
        return None
    return (world.language.builtin("//userconfig" if rd_id == "%" else rd_id) or {}).get(name)


_ID_LESS = frozenset({"url", "mixin", "DEFAULTS", "PRUNE", "meta", "property", "EDIT"})


def written_ids(rd: Document) -> dict[str, list[Element]]:
    """The elements by the ids that stand in an RD as they are (not in streams, not made by macros)."""
    known = rd.facts.get("written ids")
    if known is None:
        known = {}
        for element in rd.order:
            name = element.attrib.get("id")
            if name and not element.replayed and element.tag not in _ID_LESS:
                known.setdefault(name, []).append(element)
        for child in rd.by_tag.get("id", ()):
            if child.parent is not None and not child.parent.replayed and child.parent.tag not in _ID_LESS:
                known.setdefault(child.text.strip(), []).append(child.parent)
        rd.facts["written ids"] = known
    result: dict[str, list[Element]] = known
    return result


def _rounds(node: Node) -> list[dict[str, str]] | None:
    """What the macros of a LOOP are in each of its rounds; None if only DaCHS can know."""
    items = node.get("listItems")
    rows = node.get("csvItems")
    if node.get("codeItems") is not None or (items is None) == (rows is None):
        return None
    if items is not None:
        return None if "\\" in items else [{"item": item} for item in items.split()]
    assert rows is not None
    if "\\" in rows:
        return None
    made = []
    for row in csv.DictReader(io.StringIO(rows.strip()), skipinitialspace=True):
        if None in row:
            return None
        made.append({name.strip(): (value or "").strip() for name, value in row.items()})
    return made


def _free_attributes(node: Node) -> dict[str, str]:
    """The macros that the attributes (or children) of a FEED define."""
    macros = {name: node.fill(value) for name, value in node.element.attrib.items() if name not in _OWN_ATTRIBUTES}
    for child in node.element.children:
        if child.tag not in _OWN_ATTRIBUTES and child.tag not in _NO_MACROS and not child.children:
            macros[child.tag] = node.fill(child.text)
    return macros


def _defaults(stream: Element) -> dict[str, str]:
    macros: dict[str, str] = {}
    for defaults in stream.children:
        if defaults.tag == "DEFAULTS":
            macros |= defaults.attrib
            macros |= {child.tag: child.text for child in defaults.children}
    return macros


def _pruned(element: Element, prunes: list[Element]) -> bool:
    """Whether a PRUNE removes an element: all its expressions must match XML attributes as they are written."""
    for prune in prunes:
        try:
            if all(re.search(pattern, element.attrib.get(name, "")) for name, pattern in prune.attrib.items()
                   if name in element.attrib) and all(name in element.attrib for name in prune.attrib):
                return True
        except re.error:
            continue
    return False


_EDIT_REF = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\[([A-Za-z_][A-Za-z0-9_]*)\]")


def _edits(node: Node) -> list[tuple[tuple[str, str], Node]]:
    found = []
    for child in node.element.children:
        if child.tag == "EDIT":
            match = _EDIT_REF.match(child.get("ref") or "")
            if match:
                found.append(((match[1], match[2]), Node(child, node.rd, node.site, node.levels, depth=node.depth)))
    return found


def _mix_in(node: Node, written: Element | None, world: Surroundings, found: list[Node]) -> None:
    """Add what a mixin of a table makes; a node that stands for the mixin itself if that cannot be known.

    `written` is the mixin element, None if the mixin is an attribute of the table.
    """
    reference = node.fill(written.text.strip() if written is not None else node.element.attrib["mixin"])
    mixin = None if "\\" in reference else (
        find_element(node.rd, reference, world, MIXINS) or _builtin_of(reference, world, MIXINS))
    if mixin is None or node.depth > _DEEPEST or (isinstance(mixin, Node) and mixin.element.get("original")):
        found.append(Node(_element(UNKNOWN, {}, reference), node.rd, node.site, depth=node.depth))
        return
    macros: dict[str, str | None] = {}
    if written is not None:
        macros |= {name: node.fill(value) for name, value in written.attrib.items()}
        macros |= {child.tag: node.fill(child.text) for child in written.children}
    if isinstance(mixin, Node):
        macros = mixin_parameters(mixin, world) | macros
    level = Level({name: value for name, value in macros.items() if value is not None}, reexpand=True)
    if isinstance(mixin, Builtin):
        for child in _brought(mixin):
            made = Node(child, node.rd, node.site, (level,), (), False, node.depth + 1)
            if child.tag in _MOVING:
                _play(made, world, found)
            else:
                found.append(made)
        return
    for made in _mixed_in(mixin, world):
        made.levels += (level,)
        made.site, made.depth = node.site, node.depth + 1
        found.append(made)


def _mixed_in(mixin: Node, world: Surroundings) -> Iterator[Node]:
    for part in children(mixin, world):
        if part.tag in ("events", "lateEvents"):
            yield from _children(part, world)  # not remembered: each use gets parameters of its own
        elif part.unknown or part.tag == "processEarly":
            yield Node(_element(UNKNOWN, {}), part.rd)


def mixin_parameters(mixin: Node, world: Surroundings) -> dict[str, str | None]:
    """The parameters of a mixinDef and their defaults; None for those that must be given."""
    parameters: dict[str, str | None] = {}
    for child in children(mixin, world):
        if child.tag == "mixinPar":
            name = child.get("key") or child.get("name") or ""
            text = child.element.text.strip()
            parameters[name] = None if not text else "" if text == "__EMPTY__" else text
    return parameters


@remembered
def played(rd: Document, world: Surroundings) -> list[Node]:
    """Everything that the FEEDs, LOOPs and mixins of an RD make, with all descendants."""
    found: list[Node] = []
    parents: dict[int, Element] = {}
    for element in sites(rd):
        parent = element if element.tag == "table" else element.parent
        if parent is not None:
            parents[parent.index] = parent
    for parent in parents.values():
        made = [child for child in children(Node(parent, rd), world)
                if child.site is not child.element or child.unknown]
        found += descendants(made, world)
    return found


def sites(rd: Document) -> list[Element]:
    """The FEEDs, LOOPs and tables with mixins of an RD that are not themselves in a stream."""
    known: list[Element] | None = rd.facts.get("sites")
    if known is None:
        known = [element for element in rd.elements("FEED", "LFEED", "LOOP", "mixin") if not element.replayed]
        known += [element for element in rd.elements("table") if "mixin" in element.attrib and not element.replayed]
        rd.facts["sites"] = known
    return known


def descendants(nodes: list[Node], world: Surroundings) -> Iterator[Node]:
    """The nodes and all that is in them, streams played."""
    stack = list(reversed(nodes))
    while stack:
        node = stack.pop()
        yield node
        if (node.element.children or node.edits or "mixin" in node.element.attrib) and not node.unknown:
            stack.extend(reversed(children(node, world)))


def all_nodes(rd: Document, world: Surroundings, *tags: str) -> list[Node]:
    """The elements with some tags as DaCHS gets them: those written in place, and those that are played."""
    return remember(rd, world, tags, lambda: _nodes(rd, world, tags))


def _nodes(rd: Document, world: Surroundings, tags: tuple[str, ...]) -> list[Node]:
    made = played_by_tag(rd, world) if sites(rd) else {}
    found: list[Node] = []
    for tag in tags:
        found += [Node(element, rd) for element in rd.elements(tag) if not element.replayed]
        found += made.get(tag, ())
    return found


@remembered
def played_by_tag(rd: Document, world: Surroundings) -> dict[str, list[Node]]:
    """What is played, by element name."""
    found: dict[str, list[Node]] = {}
    for node in played(rd, world):
        found.setdefault(node.tag, []).append(node)
    return found
