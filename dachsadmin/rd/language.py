"""The RD language of each DaCHS version, as tables made by introspecting the real packages."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from dachsadmin.rd import tables

ATOMS = frozenset({"atom", "atoms"})
STRUCTURES = frozenset({"struct", "structs", "reference", "references"})


@dataclass(frozen=True)
class Member:
    """What an attribute or child element of a class is.

    `name` is what DaCHS calls it (`columns`), `names` all that may be written (`columns`, `column`). `kind`:

    - `atom`: one value; `atoms`: a list, one element for each value
    - `text`: the character data of the element
    - `struct`, `structs`: an element (elements) with a structure of its own
    - `reference`, `references`: an id, or (where `classes` is not empty) the element itself in its place
    - `dict` (`property`, `template`): an element with a key and text; `meta`; `mixin`; `original`
    - `closed`: DaCHS has it, but it cannot be written

    `type` is how DaCHS reads an atom (`text`, `enum`, `int`, `float`, `bool`, `visibility`, `type`, `column`, ...),
    `values` what an enum allows. `classes` maps each element name to its class; the class is `` where DaCHS's table
    of such elements could not be read. `literal`: a struct that may also be written as an attribute.
    """

    name: str
    names: tuple[str, ...]
    kind: str
    type: str = ""
    values: frozenset[str] = frozenset()
    classes: Mapping[str, str] = field(default_factory=dict)
    literal: bool = False
    key: str = ""

    @property
    def repeats(self) -> bool:
        """Whether it may be given more than once."""
        return self.kind in ("atoms", "structs", "references", "dict", "meta", "mixin")


@dataclass(frozen=True)
class ElementClass:
    """One class of the language: what DaCHS makes of an element in its context.

    `element` is its usual element name. `members` has every name that may be written. `required` are the members
    without which DaCHS refuses it. `free`: `` (nothing but members), `macros` (other attributes and simple children
    define macros), `attributes` (any attribute or simple child), `all`. `records`: its content is kept and replayed
    elsewhere; `passive`: active tags in it too. `macros` are what may be called in it
    (`schema` for `\\schema`); those of the RD's class may be too.
    `scripts` are the script types it takes; `procs` the type of procDef it applies. `long_macros`: macros that it
    defines need names of two letters at least.
    """

    name: str
    element: str
    members: Mapping[str, Member]
    required: frozenset[str] = frozenset()
    free: str = ""
    records: bool = False
    passive: bool = False
    macros: frozenset[str] = frozenset()
    scripts: frozenset[str] = frozenset()
    procs: str = ""
    carries_meta: bool = False
    long_macros: bool = False

    @property
    def open(self) -> bool:
        """Whether it takes attributes and children (and text) that are no members."""
        return bool(self.free) or self.records


@dataclass(frozen=True)
class Parameter:
    """A parameter of a mixin or procDef; for a STREAM a macro that FEED fills. `also` is its deprecated name."""

    name: str
    required: bool = False
    also: str = ""


@dataclass(frozen=True)
class Builtin:
    """What a built-in RD has under an id.

    `kind` is the element name (`mixinDef`, `procDef`, `STREAM`, `NXSTREAM`, `table`, `data`, `service`, `rowmaker`,
    `outputTable`, `condDesc`, `column`, `values`, `dbCore`, ...), `class_name` its class.

    For tables, output tables and input tables, `columns` and `params` (also input keys) are what it has, by name, with
    their types. For mixins and streams they are what it brings where it is used; such names may hold macros
    (`\\basename_min`), filled from the parameters. `elements` are the other elements that a mixin or stream brings,
    {tag: names, `` for one without}; `attributes` what it sets on the element itself; `meta` the meta keys; `ids` the
    ids inside; `uses` other mixins and streams that it uses where it is replayed. `open` means that code decides what
    else it brings: then a missing name proves nothing.

    `mentions` are further macros that a stream has in its texts, not necessarily filled by FEED.

    `tables` are the ids of the tables that a data element makes; `allowed` a service's renderers; `core` its core's
    element name; `proc` the type of a procDef; `name` the name of a column, param or input key.
    """

    rd: str
    id: str
    kind: str
    class_name: str
    columns: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    elements: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    attributes: frozenset[str] = frozenset()
    meta: tuple[str, ...] = ()
    ids: frozenset[str] = frozenset()
    uses: tuple[str, ...] = ()
    mentions: frozenset[str] = frozenset()
    open: bool = False
    tables: tuple[str, ...] = ()
    allowed: frozenset[str] = frozenset()
    core: str = ""
    proc: str = ""
    name: str = ""
    deprecated: bool = False

    def brings_tag(self, tag: str) -> bool:
        """Whether a mixin or stream brings elements (or sets an attribute) of this name."""
        return (tag in self.elements or tag in self.attributes or tag == "column" and bool(self.columns)
                or tag == "param" and bool(self.params) or tag == "meta" and bool(self.meta))


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
            known = self._classes[class_name] = _element_class(class_name, self._table["classes"][class_name])
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
            known = {id: _builtin(rd_id, id, what) for id, what in self._table["rds"][rd_id].items()}
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


def _element_class(name: str, entry: Mapping[str, Any]) -> ElementClass:
    members: dict[str, Member] = {}
    for canonical, described in entry["members"].items():
        member = _member(canonical, described)
        for written in member.names:
            members[written] = member
    return ElementClass(
        name, entry["element"], members, required=frozenset(entry.get("required", ())), free=entry.get("free", ""),
        records=entry.get("records", False), passive=entry.get("passive", False),
        macros=frozenset(entry.get("macros", ())), scripts=frozenset(entry.get("scripts", ())),
        procs=entry.get("procs", ""),
        carries_meta=entry.get("carries_meta", False), long_macros=entry.get("long_macros", False))


def _member(canonical: str, described: Mapping[str, Any]) -> Member:
    kind = described["is"]
    names: tuple[str, ...] = (canonical, *described.get("also", ()))
    by_tag: dict[str, str] = {tag: class_name or "" for tag, class_name in described.get("classes", {}).items()}
    if by_tag:
        names = (canonical, *by_tag)
    elif described.get("class") and kind in STRUCTURES:
        by_tag = dict.fromkeys(names, described["class"])
    return Member(canonical, names, kind, type=described.get("type", "text" if kind in ATOMS else ""),
                  values=frozenset(described.get("values", ())), classes=by_tag,
                  literal=described.get("literal", False), key=described.get("key", ""))


def _builtin(rd_id: str, id: str, what: Mapping[str, Any]) -> Builtin:
    parameters = {name: Parameter(name, how.get("required", False), how.get("also", ""))
                  for name, how in what.get("parameters", {}).items()}
    return Builtin(
        rd_id, id, what["is"], what["class"], columns=what.get("columns", {}),
        params=what.get("params", {}) | what.get("inputKeys", {}), parameters=parameters,
        elements={tag: tuple(names) for tag, names in what.get("elements", {}).items()},
        attributes=frozenset(what.get("attributes", ())), meta=tuple(what.get("meta", ())),
        ids=frozenset(what.get("ids", ())), uses=tuple(what.get("uses", ())),
        mentions=frozenset(what.get("mentions", ())),
        open=what.get("code", False) or "LOOP" in what.get("elements", {}), tables=tuple(what.get("tables", ())),
        allowed=frozenset(what.get("allowed", ())), core=what.get("core", ""), proc=what.get("type", ""),
        name=what.get("name", ""), deprecated=what.get("deprecated", False))
