"""The columns and params that tables have once mixins, streams and originals are taken into account."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator
from dataclasses import dataclass

from dachsadmin.rd import references
from dachsadmin.rd.document import Document, Element
from dachsadmin.rd.expansion import Node, children
from dachsadmin.rd.members import Builtin
from dachsadmin.rd.references import TABLE_CORES, Outcome, Reference, Target
from dachsadmin.rd.surroundings import Surroundings, remember, remembered

_QUALIFIED = re.compile(r"[#.\\]")
_COLUMN_TAGS = frozenset({"column", "outputField"})
_PARAM_TAGS = frozenset({"param", "inputKey"})
_TABLE_TAGS = frozenset({"table", "outputTable"})


@dataclass(frozen=True)
class Columns:
    """What a table has, by name, in order; None for what is only known by its name.

    Without `complete` there may be more: then a missing name proves nothing.
    """

    columns: dict[str, Node | None]
    params: dict[str, Node | None]
    complete: bool

    def has(self, name: str) -> bool:
        """Whether a column or param has this name; DaCHS minds case, and finds delimited names without their prefix."""
        return name in self.columns or name in self.params or f"quoted/{name}" in self.columns

    def has_in_database(self, name: str) -> bool:
        """Whether PostgreSQL will find a column under a name; it does not mind case."""
        return name in self.columns or name.lower().strip('"') in {known.lower() for known in self.columns} or (
            f"quoted/{name.strip(chr(34))}" in self.columns)

    def lacks(self, name: str) -> bool:
        """Whether it is certain that DaCHS finds neither column nor param of this name."""
        return self.complete and not self.has(name)


NOTHING_KNOWN = Columns({}, {}, False)


def columns_of(table: Node, world: Surroundings) -> Columns:
    """The columns of a table, outputTable or inputTable element."""
    if table.levels or table.site is not table.element:
        return _columns_of(table, world)
    return remember(table.rd, world, ("columns", table.element.index), lambda: _guarded(table, world))


def _guarded(table: Node, world: Surroundings) -> Columns:
    """A table may not be its own original; DaCHS does not get that far, but an RD may say so."""
    busy: set[int] = table.rd.facts.setdefault("columns being found out", set())
    if table.element.index in busy:
        return NOTHING_KNOWN
    busy.add(table.element.index)
    try:
        return _columns_of(table, world)
    finally:
        busy.discard(table.element.index)


def _columns_of(table: Node, world: Surroundings, *, borrowed: bool = True) -> Columns:
    """Without `borrowed`, columns that only repeat one by its name (`original="ra"`, autoCols) are left out."""
    columns: dict[str, Node | None] = {}
    params: dict[str, Node | None] = {}
    complete = True
    original = table.get("original")
    if original is not None:
        inherited = columns_of_reference(original, table, world)
        columns, params, complete = dict(inherited.columns), dict(inherited.params), inherited.complete
    for child in children(table, world):
        if child.tag in _COLUMN_TAGS or child.tag in _PARAM_TAGS:
            if not borrowed and child.get("name") is None and not _QUALIFIED.search(child.get("original") or "."):
                continue
            names = names_of(child, world)
            into = columns if child.tag in _COLUMN_TAGS else params
            for name in names:
                into[name] = child
            if not names:
                complete = False
        elif child.unknown:
            complete = False
    found = Columns(columns, params, complete)
    return _adopted(found, table, world) if borrowed and table.tag == "outputTable" else found


def _adopted(own: Columns, table: Node, world: Surroundings) -> Columns:
    """The columns of an outputTable, with those that autoCols and verbLevel take from its parent table (or more)."""
    wanted, level = table.get("autoCols"), table.get("verbLevel")
    if not wanted and level is None:
        return own
    parent = parent_table(table, world)
    columns, params, complete = dict(own.columns), dict(own.params), own.complete
    if level is not None:
        columns, params, complete = parent.columns | columns, parent.params | params, complete and parent.complete
    for name in (part.strip() for part in (wanted or "").split(",") if part.strip()):
        if "\\" in name or "#" in name or "." in name:
            complete = False
        elif name.isidentifier():
            columns.setdefault(name, parent.columns.get(name))
        else:
            complete = complete and parent.complete
            for match in fnmatch.filter(parent.columns, name):
                columns.setdefault(match, parent.columns[match])
    return Columns(columns, params, complete)


def names_of(node: Node, world: Surroundings) -> tuple[str, ...]:
    """The name of a column or param; both possible ones if it is not certain which, none if it cannot be known."""
    if node.names is None:
        node.names = _names_of(node, world)
    return node.names


def _names_of(node: Node, world: Surroundings) -> tuple[str, ...]:
    name = node.get("name") or node.get("key")
    if name is not None:
        return () if "\\" in name else (name.strip(),)
    original = node.get("original")
    if original is None:
        return ()
    if "\\" in original:
        return ()
    last = original.rpartition("#")[2]
    if "." in last:
        return (last.rpartition(".")[2],)
    target = references.look_up(Reference(node, "original", original, frozenset()), node.rd, world)
    by_id = _name_of_target(target, world)
    if "#" in original:
        return (by_id,) if by_id else ()
    return (last, by_id) if by_id and by_id != last else (last,)


def _name_of_target(target: Target, world: Surroundings) -> str:
    if target.builtin is not None:
        return target.builtin.name
    if target.node is None:
        return ""
    name = target.node.get("name")
    if name is not None:
        return "" if "\\" in name else name
    if target.node.depth < 5 and target.node.get("original"):
        names = names_of(Node(target.node.element, target.node.rd, depth=target.node.depth + 1), world)
        return names[0] if len(names) == 1 else ""
    return ""


def columns_of_reference(reference: str, node: Node, world: Surroundings) -> Columns:
    """The columns of the table that a reference in `node` leads to."""
    if "\\" in reference:
        return NOTHING_KNOWN
    target = references.look_up(Reference(node, "", reference.strip(), frozenset()), node.rd, world)
    return columns_of_target(target, world)


def columns_of_target(target: Target, world: Surroundings) -> Columns:
    """The columns of what a reference leads to; nothing is known of what is no table."""
    if target.builtin is not None:
        return _columns_of_builtin(target.builtin)
    if target.node is not None and target.node.tag in _TABLE_TAGS | {"inputTable"}:
        return columns_of(target.node, world)
    return NOTHING_KNOWN


def _columns_of_builtin(thing: Builtin) -> Columns:
    if thing.kind not in _TABLE_TAGS | {"inputTable"}:
        return NOTHING_KNOWN
    return Columns(dict.fromkeys(thing.columns), dict.fromkeys(thing.params), True)


def core_of(service: Node, world: Surroundings) -> Target | None:
    """The core of a service: written in it, or referred to."""
    for child in children(service, world):
        if child.tag.endswith("Core") and child.tag in references.CORES:
            return Target(Outcome.FOUND, child, child.tag)
        if child.tag == "core" and child.text.strip():
            return references.look_up(Reference(service, "core", child.text.strip(), frozenset()), service.rd, world)
    reference = service.element.attrib.get("core")
    if reference is None or "\\" in service.fill(reference):
        return None
    return references.look_up(Reference(service, "core", service.fill(reference), frozenset()), service.rd, world)


def queried_table(core: Node, world: Surroundings) -> Columns:
    """The columns of the table that a core queries."""
    if core.levels or core.site is not core.element:
        return _queried_table(core, world)
    return remember(core.rd, world, ("queried", core.element.index), lambda: _queried_table(core, world))


def _queried_table(core: Node, world: Surroundings) -> Columns:
    reference = core.get("queriedTable")
    return NOTHING_KNOWN if reference is None else columns_of_reference(reference, core, world)


def _core_output(core: Node, world: Surroundings) -> Columns:
    for child in children(core, world):
        if child.tag == "outputTable":
            return columns_of(child, world)
        if child.unknown:
            return NOTHING_KNOWN
    return queried_table(core, world) if core.tag in ("dbCore", "fancyQueryCore") else NOTHING_KNOWN


def parent_table(table: Node, world: Surroundings) -> Columns:
    """Where an outputTable takes its columns from: its core's queried table, or what its service's core puts out."""
    parent = table.parent
    if parent is not None and parent.tag in TABLE_CORES:
        return queried_table(parent, world)
    if parent is not None and parent.tag == "service":
        core = core_of(parent, world)
        if core is not None and core.node is not None:
            return _core_output(core.node, world)
    return NOTHING_KNOWN


def scopes(reference: Reference, world: Surroundings) -> list[Columns]:
    """The tables in which DaCHS looks for the name in a reference before it looks for an id; empty if it does not."""
    node = reference.node
    owner = node if node.tag == "condDesc" else node.parent
    if owner is not None and owner.tag == "condDesc":
        owner = owner.parent
        if owner is None or owner.tag not in TABLE_CORES:
            return [] if owner is not None and owner.tag == "resource" else [NOTHING_KNOWN]
    if owner is None:
        return [NOTHING_KNOWN]
    return list(scopes_in(owner, world))


def scopes_in(owner: Node, world: Surroundings) -> Iterator[Columns]:
    """The tables in which DaCHS looks for names that are used in a table, outputTable, inputTable or core."""
    if owner.tag in _TABLE_TAGS:
        if owner.tag == "outputTable":
            yield parent_table(owner, world)
        if owner.site is owner.element:
            yield remember(owner.rd, world, ("own columns", owner.element.index),
                           lambda: _columns_of(owner, world, borrowed=False))
        else:
            yield _columns_of(owner, world, borrowed=False)
        path = owner.get("namePath") or (owner.parent.get("namePath") if owner.parent is not None else None)
        if path is not None:
            yield columns_of_reference(path, owner, world)
        elif owner.parent is not None and owner.parent.tag in TABLE_CORES:
            yield queried_table(owner.parent, world)
    elif owner.tag in TABLE_CORES:
        path = owner.get("namePath")
        yield columns_of_reference(path, owner, world) if path is not None else queried_table(owner, world)
    elif owner.tag == "inputTable":
        core = owner.parent
        if core is None:
            yield NOTHING_KNOWN
        elif core.tag in TABLE_CORES:
            yield queried_table(core, world)


@remembered
def followed(rd: Document, world: Surroundings) -> list[tuple[Reference, Target]]:
    """Every reference in an RD, with what it leads to."""
    return [(reference, look_up(reference, rd, world)) for reference in references.references(rd, world)]


def look_up(reference: Reference, rd: Document, world: Surroundings) -> Target:
    """What a reference leads to: `table.column`, the name of a column near by, or an id."""
    rd_id, hash_sign, name = reference.target.rpartition("#")
    if "." in name:
        return _look_up_member(reference, f"{rd_id}{hash_sign}", name, rd, world)
    if not hash_sign and (reference.attribute in ("original", "buildFrom") or _written_as(reference.node.element)):
        found = scopes(reference, world)
        if any(columns.has(name) for columns in found):
            return Target(Outcome.FOUND, kind="column")
        if not all(columns.complete for columns in found):
            by_id = references.look_up(reference, rd, world)
            return by_id if by_id.outcome is Outcome.FOUND else Target(Outcome.UNKNOWN)
    return references.look_up(reference, rd, world)


def _written_as(element: Element) -> bool:
    return element.tag in ("original", "buildFrom")


def _look_up_member(reference: Reference, rd_part: str, name: str, rd: Document, world: Surroundings) -> Target:
    container, _, member = name.partition(".")
    target = references.look_up(reference._replace(target=f"{rd_part}{container}"), rd, world)
    if target.outcome is not Outcome.FOUND:
        return target
    found = columns_of_target(target, world)
    if found.has(member):
        return Target(Outcome.FOUND, kind="column")
    return Target(Outcome.MISSING_MEMBER if found.complete else Outcome.UNKNOWN)
