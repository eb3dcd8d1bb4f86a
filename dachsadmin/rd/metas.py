"""The metadata of an RD: which meta items stand where, and which ones a table or service ends up with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import NamedTuple

from dachsadmin.model.finding import Location
from dachsadmin.rd.document import Document, Element
from dachsadmin.rd.expansion import PLAYERS, STREAMS, Node, children, find_builtin, find_element, play
from dachsadmin.rd.members import Builtin
from dachsadmin.rd.surroundings import Surroundings, remember, remembered

CARRIERS = frozenset({"resource", "service", "table", "data", "resRec", "outputTable", "publish", "register"})
RST_BY_DEFAULT = frozenset({"note", "_example"})
"""Meta keys whose text is reStructuredText if no format is given (DaCHS 2.3 to 2.13); the others are plain."""

_FORMATTED = re.compile(r"(rst|literal|raw):")


class Meta(NamedTuple):
    """One meta item.

    `key` is the full one (`creator.name`), `value` the text without blanks around it, with macros filled in as far as
    they are known. `element` is the meta element; `line` is the line (from 1) in its text for an item of a meta
    stream, else 0. `format` is `plain`, `rst`, `literal` or `raw`, or what somebody wrote there.
    """

    key: str
    value: str
    element: Element
    format: str = "plain"
    line: int = 0
    replaces: bool = False
    site: Element | None = None

    @property
    def open(self) -> bool:
        """Whether the value is not known here: it has a macro in it, or is a place of a template to be filled in."""
        return "\\" in self.value or (self.value[:1] == self.value[-1:] == "%" and len(self.value) > 2)

    def location(self, rd: Document) -> Location:
        """Where the item stands in `rd`, or what brings it there."""
        if self.site is not None and self.site is not self.element:
            return rd.location(self.site)
        if self.line:
            wanted = self.element.text.split("\n")[self.line - 1].strip().encode(rd.encoding, "replace")
            place = rd.raw.find(wanted, rd.tag_end(self.element), self.element.end_offset)
            if place >= 0:
                return rd.location_at(place)
        return rd.location(self.element)


def written(rd: Document) -> tuple[Meta, ...]:
    """All meta items that are written in an RD, in streams too."""
    known = rd.facts.get("metas")
    if known is None:
        found: list[Meta] = []
        for element in rd.elements("meta"):
            if element.parent is None or element.parent.tag != "meta":
                found += _written_in(element, rd)
        known = rd.facts["metas"] = tuple(found)
    result: tuple[Meta, ...] = known
    return result


def _written_in(element: Element, rd: Document) -> list[Meta]:
    """The items of one meta element of an RD, as they are written."""
    known: dict[int, list[Meta]] = rd.facts.setdefault("metas in", {})
    found = known.get(element.index)
    if found is None:
        found = known[element.index] = _items(element, "")
    return found


def _items(element: Element, above: str, node: Node | None = None) -> list[Meta]:
    """The items of one meta element and those inside it."""
    if not element.attrib and element.child("name") is None:
        return [] if above else list(_stream(element, node))
    key = (element.get("name") or "").strip()
    full = above + key.lstrip("!")
    value = element.text.strip()
    if node is not None:
        value = node.fill(value)
    default = "rst" if full in RST_BY_DEFAULT else "plain"
    site = node.site if node is not None else None
    found = [Meta(full, value, element, element.get("format") or default, 0, key.startswith("!"), site)]
    for name, text in element.attrib.items():
        if name not in ("name", "format"):
            found.append(Meta(f"{full}.{name}", text.strip(), element, site=site))
    for child in element.children:
        if child.tag == "meta":
            found += _items(child, full + ".", node)
    return found


def _stream(element: Element, node: Node | None) -> Iterator[Meta]:
    """The items of a meta element without a name: one `key: value` in a line, a backslash continues a line."""
    text = element.text
    if ":" not in text:
        return
    line = 0
    for part in re.split(r"(?<!\\)\n", text):
        line += 1
        entry = re.sub(r"\\\r?\n[\t ]*", "", part).strip()
        key, colon, value = entry.partition(":")
        if colon and not entry.startswith("#"):
            value = value.strip()
            form = _FORMATTED.match(value)
            if form:
                value = value[form.end():].strip()
            if node is not None:
                value = node.fill(value)
            yield Meta(key.strip().lstrip("!"), value, element, form[1] if form else "plain", line,
                       key.startswith("!"), node.site if node is not None else None)
        line += part.count("\n")


@dataclass(frozen=True)
class Given:
    """The meta items that an element has of its own, by full key. `open`: something unknown may bring more."""

    items: Mapping[str, list[Meta]] = field(default_factory=dict)
    open: bool = False

    @cached_property
    def keys(self) -> frozenset[str]:
        """The keys of the items, and those above them."""
        return _with_above(tuple(self.items))


@lru_cache(maxsize=5_000)
def _with_above(keys: tuple[str, ...]) -> frozenset[str]:
    """Meta keys, and the keys above them: `creator` for `creator.name`."""
    return frozenset([*keys, *(key[:place] for key in keys for place, sign in enumerate(key) if sign == ".")])


def given(carrier: Node, rd: Document, world: Surroundings) -> Given:
    """The meta items that stand directly in an element of `rd`, or are brought there by streams and mixins."""
    return remember(rd, world, ("given", carrier), lambda: _given(carrier, rd, world))


def _given(carrier: Node, rd: Document, world: Surroundings) -> Given:
    items: dict[str, list[Meta]] = {}
    is_open = carrier.get("original") is not None
    for thing in inside(carrier, rd, world):
        if isinstance(thing, Builtin):
            is_open = is_open or (thing.open and thing.kind != "mixinDef")
            for key in _builtin_keys(thing, world):
                items.setdefault(key, []).append(Meta(key, "\\", carrier.element, site=carrier.site))
        elif thing.unknown:
            is_open = True
        elif thing.tag == "meta":
            simple = thing.site is thing.element and not thing.levels and not thing.element.children
            for meta in _written_in(thing.element, thing.rd) if simple else _items(thing.element, "", thing):
                if meta.replaces:
                    items[meta.key] = [meta]
                else:
                    items.setdefault(meta.key, []).append(meta)
    if "creator" in items and "creator.name" not in items:
        items["creator.name"] = [meta for meta in items["creator"] if meta.value]
        if not items["creator.name"]:
            del items["creator.name"]
    return Given(items, is_open)


_TELLING = frozenset({"meta", "publish", "register"})
_MOVERS = PLAYERS | {"mixin"}


def contents(carrier: Node, world: Surroundings) -> list[Node | Builtin]:
    """The meta and publish elements in a carrier, and what DaCHS's own streams and mixins bring it.

    A FEED, LOOP or mixin among them is one of which nobody knows what it makes. All else is left out.
    """
    found: list[Node | Builtin] = []
    element = carrier.element
    site = None if carrier.site is element else carrier.site
    if element.tag == "table" and "mixin" in element.attrib:
        mixin = Element("mixin", {}, element, element.offset, element.index)
        mixin.chunks.append(element.attrib["mixin"])
        found += _brought(Node(mixin, carrier.rd, carrier.site, carrier.levels, depth=carrier.depth), world)
    for child in element.children:
        if child.tag in _TELLING:
            found.append(Node(child, carrier.rd, site, carrier.levels, passive=carrier.passive, depth=carrier.depth))
        elif child.tag in _MOVERS:
            found += _brought(Node(child, carrier.rd, site, carrier.levels, passive=carrier.passive,
                                   depth=carrier.depth), world)
    for edit in carrier.edits:
        found += [Node(child, edit.rd, edit.site, edit.levels, depth=carrier.depth)
                  for child in edit.element.children if child.tag in _TELLING]
    return found


def _brought(mover: Node, world: Surroundings) -> list[Node | Builtin]:
    """What a FEED, LOOP or mixin brings, as far as it matters for metadata."""
    is_mixin = mover.tag == "mixin"
    reference = mover.fill(mover.element.text.strip()) if is_mixin else mover.get("source") or ""
    events = mover.element.child("events")
    if events is not None:
        if not any(True for _ in events.iter(*_TELLING, *_MOVERS)):
            return []
    else:
        wanted = frozenset({"mixinDef"}) if is_mixin else STREAMS
        if "\\" not in reference and find_element(mover.rd, reference, world, wanted) is None:
            builtin = find_builtin(reference, world)
            if builtin is not None:
                return [builtin]
    return [node for node in play(mover, world) if node.tag in _TELLING or node.unknown]


def _builtin_keys(thing: Builtin, world: Surroundings) -> list[str]:
    """The keys that a stream or mixin of DaCHS brings."""
    keys = list(thing.meta)
    for other in thing.uses:
        used = find_builtin(other, world)
        keys += used.meta if used is not None else ()
    return keys


class Found(NamedTuple):
    """What looking a meta key up gave: the items, or the `values` that come from defaultmeta.txt."""

    items: tuple[Meta, ...] = ()
    values: tuple[str, ...] = ()


_NOTHING = Found()


class Lookup:
    """Looks meta keys up as DaCHS does: on the carriers of a chain, innermost first, then in defaultmeta.txt.

    `keys` are all that are found. `open`: something unknown may bring more.
    """

    def __init__(self, carriers: list[Given], defaults: Mapping[str, list[str]]) -> None:
        self.carriers = carriers
        self.defaults = defaults
        self.keys = _with_above(tuple(defaults)).union(*(given.keys for given in carriers))
        self.open = any(given.open for given in carriers)

    def find(self, key: str) -> Found:
        """Look a key up. An item with children only counts as there."""
        if key not in self.keys:
            return _NOTHING
        for given in self.carriers:
            if key in given.items:
                return Found(tuple(given.items[key]))
            if key in given.keys:
                return Found((next(metas[0] for known, metas in given.items.items() if known.startswith(key + ".")),))
        values = self.defaults.get(key) or [value for known, values in self.defaults.items()
                                            if known.startswith(key + ".") for value in values][:1]
        return Found(values=tuple(values))

    def lacks(self, key: str) -> bool:
        """Whether a key is certainly not found."""
        return key not in self.keys and not self.open


def lookup(chain: tuple[Node, ...], rd: Document, world: Surroundings) -> Lookup:
    """Look keys up along a chain of carriers in `rd`."""
    return remember(rd, world, chain, lambda: Lookup([given(carrier, rd, world) for carrier in chain], world.default_meta))


@remembered
def top_level(rd: Document, world: Surroundings) -> list[Node]:
    """The elements directly below the root, those that streams make there included."""
    assert rd.root is not None
    return children(Node(rd.root, rd), world)


def inside(carrier: Node, rd: Document, world: Surroundings) -> list[Node | Builtin]:
    """The contents of a carrier, found out once."""
    return remember(rd, world, ("inside", carrier), lambda: contents(carrier, world))
