"""The RD language of each DaCHS version, as tables made by introspecting the real packages."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from typing import Any

from dachsadmin.rd import tables
from dachsadmin.rd.members import Builtin, ElementClass, Member, builtin, element_class

class Language:
    """What one DaCHS version understands.

    `version` is the version asked for; `table_version` the one whose table answers, `exact` whether they are the same.
    """

    def __init__(self, version: str, table: Mapping[str, Any] | None = None) -> None:
        """`table` is what the describing program printed for a DaCHS that we have no table of."""
        self.version = version
        self.table_version = str(table["version"]) if table is not None else nearest(version)
        self.exact = _series(version) == _series(self.table_version)
        self._table = table if table is not None else tables.read(self.table_version)
        self._classes: dict[str, ElementClass] = {}
        self._builtins: dict[str, Mapping[str, Builtin]] = {}
        self._counterparts: dict[tuple[str, str], str] = {}

    @staticmethod
    def versions() -> tuple[str, ...]:
        """The versions that we have tables of, oldest first."""
        return _versions()

    @cached_property
    def numbers(self) -> tuple[int, ...]:
        """The version asked for as numbers, to compare with: (2, 11)."""
        return tuple(_series(self.version))

    # -- elements ------------------------------------------------------------------------------------------------

    @property
    def root(self) -> str:
        """The class of the root element, `resource`."""
        return str(self._table["root"])

    @property
    def class_names(self) -> frozenset[str]:
        return frozenset(self._table["classes"])

    @property
    def active_tags(self) -> Mapping[str, str]:
        """The elements that may stand anywhere (STREAM, FEED, LOOP, ...), with their classes."""
        active: Mapping[str, str] = self._table["active"]
        return active

    def of(self, class_name: str) -> ElementClass:
        """A class by its name. Raises KeyError if there is none."""
        known = self._classes.get(class_name)
        if known is None:
            known = self._classes[class_name] = element_class(class_name, self._table["classes"][class_name])
        return known

    def child_class(self, class_name: str, tag: str) -> str | None:
        """The class of an element below an element of class `class_name`; None if it is none there (or an atom)."""
        active: str | None = self._table["active"].get(tag)
        if active is not None:
            return active
        member = self.of(class_name).members.get(tag)
        return member.classes.get(tag) or None if member is not None else None

    def accepts(self, class_name: str, name: str) -> bool:
        """Whether an element of a class may have an attribute or child element of this name."""
        known = self.of(class_name)
        return known.open or name in known.members or name in self.active_tags

    def values(self, class_name: str, name: str) -> frozenset[str]:
        """What an enumerated attribute may be; empty if it is none."""
        member = self.of(class_name).members.get(name)
        return member.values if member is not None else frozenset()

    def required(self, class_name: str) -> frozenset[str]:
        """The members (by the names DaCHS uses) that an element of a class must have."""
        return self.of(class_name).required

    def macros(self, class_name: str) -> frozenset[str]:
        """The macros that may be called in an element of a class: its own, and those of the RD."""
        return self.of(class_name).macros | self.of(self.root).macros

    @cached_property
    def tags(self) -> Mapping[str, frozenset[str]]:
        """Every element name (not of atoms) with the classes it can have, whatever stands around it."""
        found: dict[str, set[str]] = {"resource": {self.root}}
        for tag, class_name in self.active_tags.items():
            found.setdefault(tag, set()).add(class_name)
        for name in self._table["classes"]:
            for member in self.of(name).members.values():
                for tag, class_name in member.classes.items():
                    if class_name:
                        found.setdefault(tag, set()).add(class_name)
        return {tag: frozenset(classes) for tag, classes in found.items()}

    @cached_property
    def words(self) -> frozenset[str]:
        """Every element and attribute name of the language."""
        return frozenset(self.tags).union(*(self.of(name).members for name in self._table["classes"]))

    # -- services, metadata --------------------------------------------------------------------------------------

    @cached_property
    def renderers(self) -> frozenset[str]:
        return frozenset(self._table["renderers"])

    @cached_property
    def types(self) -> frozenset[str]:
        """The SQL types of columns, without array subscripts and lengths."""
        return frozenset(self._table["types"])

    @cached_property
    def config(self) -> Mapping[str, frozenset[str]]:
        """The items of gavo.rc by their sections, all in lower case."""
        return {section.lower(): frozenset(item.lower() for item in items)
                for section, items in self._table["config"].items()}

    @cached_property
    def booleans(self) -> frozenset[str]:
        """The literals of booleans, in lower case."""
        return frozenset(self._table["booleans"])

    @cached_property
    def meta_keys(self) -> frozenset[str]:
        """The meta keys that DaCHS gives a meaning of its own."""
        return frozenset(self._table["meta"]["typed"])

    @cached_property
    def deprecated_meta(self) -> Mapping[str, str]:
        """Old meta keys that DaCHS still maps to new ones."""
        deprecated: Mapping[str, str] = self._table["meta"]["deprecated"]
        return deprecated

    @cached_property
    def meta_formats(self) -> frozenset[str]:
        """What the attribute `format` of a meta element may be."""
        return frozenset(self._table["meta"]["formats"])

    def meta_attributes(self, key: str) -> frozenset[str]:
        """The attributes that a meta element with this (full) key takes, besides `name`."""
        meta = self._table["meta"]
        return frozenset(meta["typed"].get(key, meta["plain"]))

    # -- built-in RDs --------------------------------------------------------------------------------------------

    @cached_property
    def builtin_rds(self) -> frozenset[str]:
        """The ids of the built-in RDs, `//tap` and the like."""
        return frozenset(self._table["rds"])

    def builtin(self, rd_id: str) -> Mapping[str, Builtin] | None:
        """What a built-in RD (`//x` or `__system__/x`) defines, by id; None if this DaCHS has no such RD."""
        if rd_id.startswith("__system__/"):
            rd_id = "//" + rd_id[11:]
        if rd_id not in self._table["rds"]:
            return None
        known = self._builtins.get(rd_id)
        if known is None:
            known = {id: builtin(rd_id, id, what) for id, what in self._table["rds"][rd_id].items()}
            self._builtins[rd_id] = known
        return known

    def resolve(self, reference: str) -> Builtin | None:
        """What a reference to a built-in RD (`//ssap#hcd`) means; None if there is no such thing."""
        rd_id, _, id = reference.strip().partition("#")
        return (self.builtin(rd_id) or {}).get(id)

    # -- other versions ------------------------------------------------------------------------------------------

    def known_in(self, class_name: str, name: str) -> tuple[str, ...]:
        """The versions in which elements of a class take this attribute or child; oldest first."""
        def knows(other: Language) -> bool:
            theirs = self.counterpart(other, class_name)
            return theirs is not None and other.accepts(theirs, name)

        return tuple(version for version in self.versions() if knows(load(version)))

    def counterpart(self, other: Language, class_name: str) -> str | None:
        """The class that another version has for the same thing; classes were renamed now and then."""
        known = self._counterparts.get((other.version, class_name))
        if known is None:
            ours = self.of(class_name)
            alike = [(_likeness(ours.members, other.of(name).members), name == class_name, name)
                     for name in other.class_names if other.of(name).element == ours.element]
            known = max(alike)[2] if alike else ""
            self._counterparts[other.version, class_name] = known
        return known or None

    def tag_known_in(self, tag: str) -> tuple[str, ...]:
        """The versions that have an element of this name anywhere."""
        return tuple(version for version in self.versions() if tag in load(version).tags)

    def builtin_known_in(self, reference: str) -> tuple[str, ...]:
        """The versions that have a built-in thing (`//siap2#pgs`) or RD (`//siap2`)."""
        rd_id, hash, id = reference.strip().partition("#")
        return tuple(version for version in self.versions()
                     if (found := load(version).builtin(rd_id)) is not None and (not hash or id in found))


def load(version: str) -> Language:
    """The language of a DaCHS version; each is read once, the nearest known one stands in for others."""
    return _load(version)


def nearest(version: str) -> str:
    """The newest known version that is not newer than this one; the oldest known for something older."""
    older = [known for known in _versions() if _series(known) <= _series(version)]
    return older[-1] if older else _versions()[0]


def suggest(word: str, candidates: Iterable[str]) -> str:
    """The candidate most like a word, `` if none is like it. Differences of case count least."""
    by_lower = {candidate.lower(): candidate for candidate in sorted(candidates)}
    close = difflib.get_close_matches(word.lower(), by_lower, 1, 0.8)
    return by_lower[close[0]] if close else ""


def since(versions: tuple[str, ...], version: str) -> str:
    """How a version's ignorance is told: `known since DaCHS 2.11`, `known until DaCHS 2.3`; `` if none knows it."""
    if not versions:
        return ""
    if _series(versions[0]) > _series(version):
        return f"known since DaCHS {versions[0]}"
    if _series(versions[-1]) < _series(version):
        return f"known until DaCHS {versions[-1]}"
    return f"known to DaCHS {', '.join(versions)}"


@cache
def _versions() -> tuple[str, ...]:
    return tables.versions()


@cache
def _load(version: str) -> Language:
    return Language(version)


def _series(version: str) -> list[int]:
    """The first two numbers of a version (`2.7+dfsg-2` is 2.7): the language does not change within them."""
    return [int(number) for number in re.findall(r"\d+", version)[:2]]


def _likeness(ours: Mapping[str, Member], theirs: Mapping[str, Member]) -> float:
    return len(ours.keys() & theirs.keys()) / max(len(ours.keys() | theirs.keys()), 1)
