"""What the tables of the RD language say of classes, of their members, and of what is built into DaCHS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

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


def element_class(name: str, entry: Mapping[str, Any]) -> ElementClass:
    """A class from its entry in a table."""
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


def builtin(rd_id: str, id: str, what: Mapping[str, Any]) -> Builtin:
    """Something built in from its entry in a table."""
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
