"""What DaCHS makes of each element of an RD, and what does not fit the RD language."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import NamedTuple

from dachsadmin.rd.document import Document, Element
from dachsadmin.rd.grammar import ANYTHING, Grammar, Is, Slot, grammar, writable
from dachsadmin.rd.language import Language
from dachsadmin.rd.members import ElementClass, Member
from dachsadmin.rd.literals import readable


_MOST_REMEMBERED = 2_000


class Kind(enum.Enum):
    """In which way something does not fit the language.

    Of a Problem, `name` is the attribute or tag concerned, `value` what was written.
    """

    UNKNOWN_ELEMENT = "an element that may not stand there"
    UNKNOWN_ATTRIBUTE = "an attribute that the element does not have"
    BAD_LITERAL = "a value that DaCHS cannot read"
    VALUE_WITH_ATTRIBUTE = "an attribute on an element that can have text only"
    VALUE_WITH_CHILD = "a child element in an element that can have text only"
    ELEMENT_ONLY = "an attribute that must be written as an element"
    CLOSED = "something that DaCHS sets itself"
    TWICE = "something given twice of which DaCHS keeps the last"
    STRAY_TEXT = "text where none may stand"
    MISSING = "something without which DaCHS refuses the element"
    LATE_ORIGINAL = "an original that comes after other things were set"
    MAPPING = "a property or template that is no pair of key and text"


class Problem(NamedTuple):
    """One thing that does not fit. `owner` is the class concerned; `names` are all ways to write a missing member."""

    kind: Kind
    element: Element
    name: str
    owner: ElementClass
    value: str = ""
    member: Member | None = None


class MixinUse(NamedTuple):
    """A mixin that an element of class `owner` uses, with the parameters given; None if they cannot be known."""

    element: Element
    reference: str
    parameters: dict[str, Element] | None
    owner: ElementClass


@dataclass
class Structure:
    """What the walk found: what each element is, what does not fit, the mixins and players (FEED, LOOP) that are used.

    Only such players are there that DaCHS surely runs.
    """

    slots: list[Slot]
    problems: list[Problem] = field(default_factory=list)
    mixins: list[MixinUse] = field(default_factory=list)
    players: list[Element] = field(default_factory=list)

    def owner(self, element: Element) -> ElementClass | None:
        """The class of an element; None for values, and where only DaCHS can tell (in streams, say)."""
        slot = self.slots[element.index]
        return slot.owner if slot.what is Is.STRUCTURE else None

    def what(self, element: Element) -> Is:
        """What an element is; ANYTHING where only DaCHS can tell."""
        return self.slots[element.index].what

    def of(self, *kinds: Kind) -> list[Problem]:
        """The problems of some kinds, in the order of the walk."""
        return [problem for problem in self.problems if problem.kind in kinds] if self.problems else []


def structure(rd: Document, language: Language) -> Structure:
    """Walk an RD (which did parse) once; the result is remembered for all rules."""
    known: Structure | None = rd.facts.get(language)
    if known is None:
        walk = _Walk(rd, grammar(language))
        walk.run()
        known = rd.facts[language] = walk.found
    return known


class _Walk:
    """One walk through one RD."""

    def __init__(self, rd: Document, language: Grammar) -> None:
        self.rd = rd
        self.grammar = language
        self.slots = [ANYTHING] * len(rd.order)
        self.found = Structure(self.slots)
        self.given: set[tuple[int, str]] = set()
        self.seen: set[tuple[Kind, int, str]] = set()
        self.players: list[tuple[Element, Slot]] = []
        self.brought: dict[int, bool] = {}
        self.passive: dict[int, bool] = {}
        self.surely: dict[int, bool] = {}

    def run(self) -> None:
        root = self.rd.order[0]
        self.slots[0] = self.grammar.root
        self._structure(root, self.grammar.root)
        self._walk(1, len(self.rd.order))
        if self.players or self.found.mixins:
            self._follow()

    def _walk(self, index: int, end: int) -> None:
        """Look at the elements [index, end); the slot of what is around them is known."""
        order, slots = self.rd.order, self.slots
        while index < end:
            element = order[index]
            slot = slots[element.parent.index].below[element.tag]  # type: ignore[union-attr]
            slots[index] = slot
            index += 1
            what = slot.what
            if what == 1:  # Is.STRUCTURE; most elements are, and comparing with a number is fastest
                clean, typed = slot.verdict(tuple(element.attrib))
                if not clean:
                    self._examine(element, slot)
                for name, member, good in typed:
                    if element.attrib[name] not in good:
                        self._value(element, name, element.attrib[name], member, slot.owner, good)
                if element.chunks and not slot.text and not "".join(element.chunks).isspace():
                    self._text(element, slot)
                if slot.single:
                    self._once(element, slot)
            elif what == 8 or what == 4:  # Is.ANYTHING, Is.META
                index = element.end
            elif not self._other(element, slot):
                index = element.end

    def _structure(self, element: Element, slot: Slot) -> None:
        clean, typed = slot.verdict(tuple(element.attrib))
        if not clean:
            self._examine(element, slot)
        for name, member, good in typed:
            self._value(element, name, element.attrib[name], member, slot.owner, good)
        if element.chunks and not slot.text and not "".join(element.chunks).isspace():
            self._text(element, slot)

    def _other(self, element: Element, slot: Slot) -> bool:
        """Look at what is no structure; returns whether its children want a look."""
        if slot.what is Is.META:
            return False
        if slot.what is Is.VALUE:
            self._plain(element, slot)
            return False
        if slot.what is Is.MAPPING:
            self._mapping(element, slot)
            return False
        if slot.what is Is.MIXIN:
            self._mixin(element, slot)
            return False
        if slot.what is Is.PLAYER:
            if self._is_passive(element.parent):
                return False
            self.players.append((element, slot))
            self.found.players.append(element)
            return bool(slot.owner.name)
        if slot.what is Is.EVENTS:
            return self._plays(element.parent)
        around = self.slots[element.parent.index]  # type: ignore[union-attr]
        member = around.owner.members.get(element.tag)
        kind = Kind.CLOSED if member is not None and member.kind == "closed" else Kind.UNKNOWN_ELEMENT
        self._tell(kind, element, element.tag, around.owner)
        return False

    def _tell(self, kind: Kind, element: Element, name: str, owner: ElementClass, value: str = "",
              member: Member | None = None) -> None:
        key = kind, element.index, name
        if key not in self.seen:
            self.seen.add(key)
            self.found.problems.append(Problem(kind, element, name, owner, value, member))

    # -- structures ----------------------------------------------------------------------------------------------

    def _examine(self, element: Element, slot: Slot) -> None:
        """Say what is wrong with the attributes of a structure, and what it lacks."""
        owner = slot.owner
        for name, value in given(element):
            member = owner.members.get(name)
            if member is None:
                if not owner.open:
                    self._tell(Kind.UNKNOWN_ATTRIBUTE, element, name, owner, value)
            elif member.kind == "closed":
                self._tell(Kind.CLOSED, element, name, owner, value)
            elif not writable(member):
                self._tell(Kind.ELEMENT_ONLY, element, name, owner, value, member)
        if slot.referable and not element.attrib and not element.children and element.text.strip():
            return
        missing = [name for name, names in slot.needs.items() if not names & element.attrib.keys()]
        if missing and not self._may_be_brought(element):
            written = {child.tag for child in element.children if child.children or child.attrib or child.text.strip()
                       or not self._is_value(slot, child)}
            for name in missing:
                if not slot.needs[name] & written:
                    self._tell(Kind.MISSING, element, name, owner, member=owner.members[name])

    def _is_value(self, slot: Slot, child: Element) -> bool:
        return slot.below[child.tag].what is Is.VALUE

    def _may_be_brought(self, element: Element) -> bool:
        """Whether something that cannot be looked into may set members: original, a mixin, FEED, LOOP and the like."""
        known = self.brought.get(element.index)
        if known is None:
            active = self.grammar.language.active_tags
            known = bool(element.attrib.get("original") or element.attrib.get("mixin")) or any(
                child.tag in active or child.tag in ("original", "mixin") for child in element.children)
            self.brought[element.index] = known
        return known

    def _plays(self, player: Element | None) -> bool:
        if player is None:
            return False
        known = self.surely.get(player.index)
        if known is None:
            known = self.surely[player.index] = plays_surely(player)
        return known

    def _is_passive(self, element: Element | None) -> bool:
        """Whether the FEEDs and LOOPs in it are not run where they stand, but only when they are played."""
        if element is None:
            return False
        known = self.passive.get(element.index)
        if known is None:
            known = self.passive[element.index] = (element.get("passivate") or "").lower() == "true"
        return known

    def _text(self, element: Element, slot: Slot) -> None:
        text = element.text.strip()
        if not text or slot.referable and not element.attrib and not element.children:
            return
        self._tell(Kind.STRAY_TEXT, element, "", slot.owner, text)

    def _once(self, element: Element, slot: Slot) -> None:
        """The parent takes one element like this; DaCHS forgets the others."""
        assert element.parent is not None and slot.member is not None
        self._given_once(element, slot.member, self.slots[element.parent.index].owner)

    # -- values --------------------------------------------------------------------------------------------------

    def _value(self, element: Element, name: str, value: str, member: Member, owner: ElementClass,
               good: set[str] | None = None) -> None:
        if "\\" in value:
            return
        if not readable(value, member, self.grammar.language):
            self._tell(Kind.BAD_LITERAL, element, name, owner, value, member)
        elif good is not None and len(good) < _MOST_REMEMBERED:
            good.add(value)

    def _plain(self, element: Element, slot: Slot) -> None:
        """A member written as an element with text: it can have neither attributes nor children."""
        member, parent = slot.member, element.parent
        assert member is not None and parent is not None
        for name, _value in given(element):
            self._tell(Kind.VALUE_WITH_ATTRIBUTE, element, name, slot.owner, member=member)
        for child in element.children:
            if child.tag not in self.grammar.language.active_tags:
                self._tell(Kind.VALUE_WITH_CHILD, child, child.tag, slot.owner, member=member)
                return
        if member.kind in ("atom", "reference") and member.type != "Action":
            self._given_once(element, member, slot.owner)
        text = element.text
        if element.children or not text.strip():
            return
        if member.kind == "original" and self._was_touched(element, parent):
            self._tell(Kind.LATE_ORIGINAL, element, "original", slot.owner, text.strip())
        elif member.type:
            self._value(parent, element.tag, text, member, slot.owner)

    def _given_once(self, element: Element, member: Member, owner: ElementClass) -> None:
        """Tell of a member given before, unless a mixin or stream may have set it otherwise in between."""
        parent = element.parent
        assert parent is not None
        key = parent.index, member.name
        if key in self.given or not parent.attrib.keys().isdisjoint(member.names):
            if not self._may_be_brought(parent):
                in_attribute = next((name for name in member.names if name in parent.attrib), "")
                self._tell(Kind.TWICE, element, element.tag, owner, in_attribute)
        self.given.add(key)

    def _was_touched(self, element: Element, parent: Element) -> bool:
        """Whether an attribute, or a value written as an element, stands before this `original`."""
        if any(name not in ("original", "mixin") for name in parent.attrib):
            return True
        above = self.slots[parent.index]
        for sibling in parent.children:
            if sibling is element:
                return False
            if above.below[sibling.tag].what is Is.VALUE and sibling.text.strip():
                return True
        return False

    def _mapping(self, element: Element, slot: Slot) -> None:
        """A `property` or `template`: an attribute for the key, text for the value, nothing else."""
        assert slot.member is not None
        allowed = ("key", slot.member.key, "cumulate")
        for name, _value in given(element):
            if name not in allowed:
                self._tell(Kind.MAPPING, element, name, slot.owner, "attribute", slot.member)
        children = [child for child in element.children if child.tag not in self.grammar.language.active_tags]
        if children:
            self._tell(Kind.MAPPING, element, children[0].tag, slot.owner, "child", slot.member)
        if element.children:
            return
        has_key, has_text = "key" in element.attrib or slot.member.key in element.attrib, bool(element.text.strip())
        if has_key != has_text:
            self._tell(Kind.MAPPING, element, "", slot.owner, "text" if has_key else "key", slot.member)

    # -- mixins and streams --------------------------------------------------------------------------------------

    def _mixin(self, element: Element, slot: Slot) -> None:
        """A mixin with parameters as attributes or children."""
        parameters: dict[str, Element] | None = {name: element for name, _value in given(element)}
        for child in element.children:
            if child.tag in self.grammar.language.active_tags or child.attrib:
                parameters = None
                break
            assert parameters is not None
            parameters[child.tag] = child
            if child.children:
                self._tell(Kind.VALUE_WITH_CHILD, child.children[0], child.children[0].tag, slot.owner, child.tag)
        self.found.mixins.append(MixinUse(element, element.text.strip(), parameters, slot.owner))

    def _follow(self) -> None:
        """Look at the streams and mixins of this RD where they are played."""
        self._mixins_in_attributes()
        done: set[tuple[int, str]] = set()
        streams = _unique_by_id(self.rd, "STREAM", "NXSTREAM")
        mixins = _unique_by_id(self.rd, "mixinDef")
        for use in self.found.mixins:
            definition = mixins.get(use.reference)
            if definition is not None and definition.index < use.element.index:
                for child in definition.children:
                    if child.tag in ("events", "lateEvents"):
                        self._play(child, use.owner, done)
        for player, slot in self.players:  # grows while streams with players in them are played
            stream = streams.get(player.get("source") or "")
            if (slot.owner.name and stream is not None and stream.index < player.index and self._plays(player)
                    and not any(child.tag == "events" for child in player.children)):
                self._play(stream, slot.owner, done)

    def _play(self, stream: Element, owner: ElementClass, done: set[tuple[int, str]]) -> None:
        if (stream.index, owner.name) in done:
            return
        done.add((stream.index, owner.name))
        if "content_" not in owner.members and stream.text.strip():
            self._tell(Kind.STRAY_TEXT, stream, "", owner, stream.text.strip())
        self.given = set()
        around = self.slots[stream.index]
        self.slots[stream.index] = self.grammar.played_into(owner)
        self._walk(stream.index + 1, stream.end)
        self.slots[stream.index] = around

    def _mixins_in_attributes(self) -> None:
        for element in self.rd.order:
            if "mixin" in element.attrib:
                slot = self.slots[element.index]
                if slot.what is Is.STRUCTURE and "mixin" in slot.owner.members:
                    self.found.mixins.append(MixinUse(element, element.attrib["mixin"].strip(), {}, slot.owner))


def given(element: Element) -> list[tuple[str, str]]:
    """The XML attributes that DaCHS looks at: an empty original or mixin is as good as none, on any element."""
    return [(name, value) for name, value in element.attrib.items() if value or name not in ("original", "mixin")]


def plays_surely(player: Element) -> bool:
    """Whether a FEED or LOOP plays all of its stream at least once: nothing is pruned, and a LOOP has items."""
    if any(child.tag in ("PRUNE", "EDIT", "prunes", "edits") for child in player.children):
        return False
    if player.tag != "LOOP":
        return True
    items, table = player.get("listItems") or "", player.get("csvItems") or ""
    if "\\" in items or "\\" in table or player.get("codeItems") or bool(items.strip()) == bool(table.strip()):
        return False
    return bool(items.strip()) or sum(1 for line in table.splitlines() if line.strip()) > 1


def _unique_by_id(rd: Document, *tags: str) -> dict[str, Element]:
    """The elements of these names by their ids, those only whose id is written once, outside of what is replayed."""
    found: dict[str, Element] = {}
    twice: set[str] = set()
    for element in rd.elements(*tags):
        name = element.get("id")
        if name:
            if name in found:
                twice.add(name)
            found[name] = element
    return {name: element for name, element in found.items() if name not in twice and not element.replayed}
