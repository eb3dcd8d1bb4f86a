"""The RD language made ready for walking an RD: at each place, what an element of a given name is."""

from __future__ import annotations

import enum
from functools import cache
from typing import Any

from dachsadmin.rd.language import Language
from dachsadmin.rd.members import ElementClass, Member

_BLANK_ELEMENT = ElementClass("", "", {})
_MOST_REMEMBERED = 5_000


class Is(enum.IntEnum):
    """What an element at some place is to DaCHS.

    STRUCTURE: it has members of its own; VALUE: nothing but text; MAPPING, META, MIXIN: see Member.kind; PLAYER: FEED,
    LFEED or LOOP; EVENTS: what a player plays into a known element; ANYTHING: nothing can be said, here and below;
    UNKNOWN: it may not stand there.
    """

    STRUCTURE = 1
    VALUE = 2
    MAPPING = 3
    META = 4
    MIXIN = 5
    PLAYER = 6
    EVENTS = 7
    ANYTHING = 8
    UNKNOWN = 9


Verdict = tuple[bool, tuple[tuple[str, Member, set[str]], ...]]


class Slot:
    """What is expected of an element at one kind of place.

    `owner` is the class of a structure, or for players and events that of the element that is played into. `member`
    is what it is to its parent, `player` the class of a player itself. `referable`: text alone is an id. `single`:
    the parent takes one only.
    """

    __slots__ = ("what", "owner", "member", "player", "below", "text", "referable", "single", "needs", "_verdicts",
                 "_read")

    def __init__(self, what: Is, owner: ElementClass = _BLANK_ELEMENT, member: Member | None = None,
                 player: ElementClass = _BLANK_ELEMENT) -> None:
        self.what = what
        self.owner = owner
        self.member = member
        self.player = player
        self.below: dict[str, Slot] = {}
        self.text = "content_" in owner.members or owner.open
        self.referable = member is not None and member.kind in ("reference", "references")
        self.single = member.name if member is not None and member.kind in ("struct", "reference") else ""
        self.needs = {name: frozenset(owner.members[name].names) for name in owner.required}
        self._verdicts: dict[tuple[str, ...], Verdict] = {}
        self._read: dict[str, set[str]] = {}

    def verdict(self, attributes: tuple[str, ...]) -> Verdict:
        """For the names of a start tag: whether there is nothing to say of them, and which values want a look.

        Those come with the set of values that were looked at before and are good.
        """
        known = self._verdicts.get(attributes)
        if known is None:
            members = [self.owner.members.get(name) for name in attributes]
            clean = (all(member is not None and writable(member) for member in members) or self.owner.open
                     ) and all(names.intersection(attributes) for names in self.needs.values())
            known = clean, tuple((name, member, self._read.setdefault(name, set()))
                                 for name, member in zip(attributes, members)
                                 if member is not None and member.type in LITERALS)
            if len(self._verdicts) < _MOST_REMEMBERED:
                self._verdicts[attributes] = known
        return known


class _Below(dict[str, Slot]):
    """The slots of the child elements, found when they are first asked for."""

    def __init__(self, grammar: Grammar, slot: Slot) -> None:
        super().__init__()
        self._grammar = grammar
        self._slot = slot

    def __missing__(self, tag: str) -> Slot:
        found = self._grammar.find(self._slot, tag)
        if found is not UNKNOWN:
            self[tag] = found
        return found


class _Everything(dict[str, Slot]):
    def __missing__(self, tag: str) -> Slot:
        return ANYTHING


LITERALS = frozenset({"enum", "int", "float", "bool", "visibility", "idmap", "FloatInterval", "FloatOrDateInterval",
                      "SpectralInterval"})
"""The types of atoms whose literals can be judged."""

ANYTHING = Slot(Is.ANYTHING)
ANYTHING.below = _Everything()
UNKNOWN = Slot(Is.UNKNOWN)
UNKNOWN.below = _Everything()
_META = Slot(Is.META)
_META.below = _Everything({"meta": _META})


def writable(member: Member) -> bool:
    """Whether a member can be given as an XML attribute."""
    return (member.kind in ("atom", "atoms", "reference", "references", "original", "mixin", "text") or member.literal)


class Grammar:
    """The slots of one language; see `grammar`."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._slots: dict[tuple[Any, ...], Slot] = {}
        self.root = self._slot(Is.STRUCTURE, language.of(language.root))

    def find(self, slot: Slot, tag: str) -> Slot:
        """What an element `tag` is below one that stands in `slot`."""
        language = self.language
        if tag in language.active_tags:
            return self._active(slot, tag)
        if slot.what is Is.PLAYER:
            return self._of_player(slot, tag)
        if slot.what is Is.EVENTS and tag in ("doc", "DEFAULTS", "passivate"):
            return ANYTHING
        if slot.what not in (Is.STRUCTURE, Is.EVENTS):
            return ANYTHING
        member = slot.owner.members.get(tag)
        if member is None:
            return ANYTHING if slot.owner.open else UNKNOWN
        return self._member(slot, member, tag)

    def played_into(self, owner: ElementClass) -> Slot:
        """The slot of a stream that is played into an element of a class."""
        return self._slot(Is.EVENTS, owner)

    def _member(self, slot: Slot, member: Member, tag: str) -> Slot:
        if member.kind in ("atom", "atoms", "original"):
            return self._slot(Is.VALUE, slot.owner, member)
        if member.kind == "dict":
            return self._slot(Is.MAPPING, slot.owner, member)
        if member.kind == "meta":
            return _META
        if member.kind == "mixin":
            return self._slot(Is.MIXIN, slot.owner, member)
        if tag in member.classes:
            class_name = member.classes[tag]
            if not class_name:
                return ANYTHING
            owner = self.language.of(class_name)
            if owner.free == "all":
                return ANYTHING
            return self._slot(Is.STRUCTURE, owner, member)
        return self._slot(Is.VALUE, slot.owner, member) if member.kind in ("reference", "references") else UNKNOWN

    def _of_player(self, slot: Slot, tag: str) -> Slot:
        """What stands in FEED, LFEED or LOOP: `source`, events, items, and macros by any name."""
        if tag == "events":
            return self._slot(Is.EVENTS, slot.owner) if slot.owner.name else ANYTHING
        member = slot.player.members.get(tag)
        if member is not None and member.kind in ("atom", "reference"):
            return self._slot(Is.VALUE, slot.player, member)
        return ANYTHING

    def _active(self, slot: Slot, tag: str) -> Slot:
        """Active tags may stand anywhere; what players play goes into the element around them."""
        if slot.owner.passive and slot.what is Is.STRUCTURE:
            return ANYTHING
        active = self.language.of(self.language.active_tags[tag])
        if active.records:
            return self._slot(Is.STRUCTURE, active)
        if active.free != "macros":
            return ANYTHING
        known = slot.what in (Is.STRUCTURE, Is.EVENTS) and not slot.owner.open
        return self._slot(Is.PLAYER, slot.owner if known else _BLANK_ELEMENT, player=active)

    def _slot(self, what: Is, owner: ElementClass, member: Member | None = None,
              player: ElementClass = _BLANK_ELEMENT) -> Slot:
        key = what, owner.name, id(member), player.name
        slot = self._slots.get(key)
        if slot is None:
            slot = self._slots[key] = Slot(what, owner, member, player)
            slot.below = _Below(self, slot)
            if what is not Is.STRUCTURE:
                slot.needs = {}
        return slot


@cache
def grammar(language: Language) -> Grammar:
    """The grammar of a language; each is made once."""
    return Grammar(language)
