"""The SQL in an RD: where it stands, its macros filled in, and the tables of the RD as PostgreSQL will see them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from dachsadmin.model.finding import Location
from dachsadmin.rd.columns import columns_of
from dachsadmin.rd.document import Document, Element
from dachsadmin.rd.expansion import Node, played, played_by_tag, sites
from dachsadmin.rd.obscore import contributions
from dachsadmin.rd.references import Outcome, Reference, look_up
from dachsadmin.rd.sqltext import UNKNOWN, Text
from dachsadmin.rd.surroundings import Surroundings, remembered

_MACRO = re.compile(r"\\\\|\\\n|\\\+|\\([A-Za-z_][A-Za-z_0-9]+)((?:\{[^{}]*\})*)")
_CLAUSE = re.compile(r"(?i)\b(select|from|where|group|order|having|window|into|values|set)\b")
_TABLE = frozenset({"table"})
_COMPUTED = "__COMPUTE__"
"""For this DaCHS makes an expression of its own."""
_SCALARS = frozenset({
    "smallint", "integer", "bigint", "real", "boolean", "double precision", "text", "char", "date", "timestamp", "time",
    "int4range", "box", "bytea", "spoint", "scircle", "sbox", "spoly", "smoc", "json", "jsonb", "unicode"})


@dataclass(frozen=True)
class Sql:
    """A piece of SQL in an RD.

    `kind`: `script`, `view` (a view statement) or `query` (of a fixedQueryCore); DaCHS formats the latter two with
    psycopg2. `obscore`: an expression over `table` that a mixin puts into the query for ivoa.obscore. `tolerant`: DaCHS goes on when it fails (AC_SQL). It is the text of `holder`, or its XML attribute
    `attribute`, written where `node` is. `table` is the table whose macros are filled in, None if there is none or it
    is not known which.
    """

    kind: str
    node: Node
    holder: Element
    attribute: str
    raw: str
    table: Node | None = None
    tolerant: bool = False

    @property
    def shown(self) -> str:
        """How messages call it."""
        if self.kind == "script":
            name = self.node.get("name") or self.node.get("type") or ""
            return f"SQL script {name!r}"
        if self.kind == "view":
            return f"view statement of {self.node.get('id') or ''!r}"
        if self.kind == "obscore":
            return f"ObsCore's {self.attribute or self.holder.tag}"
        return "query of a fixedQueryCore"

    def location(self, rd: Document, position: int) -> Location:
        """Where a character of the raw text stands; the FEED or LOOP that brought it, if it is not written there."""
        if self.node.site is not self.node.element:
            return rd.location(self.node.site)
        if self.attribute:
            return rd.attribute_location(self.holder, self.attribute)
        before = self.raw[:position]
        return rd.text_location(self.holder, before.count("\n") + 1, len(before) - before.rfind("\n"))


@remembered
def snippets(rd: Document, world: Surroundings) -> list[Sql]:
    """All SQL that DaCHS would send as an RD has it, but for expressions over tables (see for_obscore)."""
    return list(_snippets(rd, world))


def _snippets(rd: Document, world: Surroundings) -> Iterator[Sql]:
    if not sites(rd) and not any(word in rd.raw for word in (b"SQL", b"viewStatement", b"fixedQueryCore")):
        return
    for element in rd.elements("script", "table", "fixedQueryCore"):
        if not element.replayed:
            yield from _sql_of(Node(element, rd), world)
    if sites(rd):
        for tag, nodes in played_by_tag(rd, world).items():
            if tag in ("script", "table", "fixedQueryCore"):
                for node in nodes:
                    yield from _sql_of(node, world)


def _sql_of(node: Node, world: Surroundings) -> Iterator[Sql]:
    element = node.element
    if node.tag == "script":
        language = node.get("lang")
        if language in ("SQL", "AC_SQL") and element.text.strip():
            yield Sql("script", node, element, "", element.text, _table_of_script(node, world), language == "AC_SQL")
        return
    kind, name = ("view", "viewStatement") if node.tag == "table" else ("query", "query")
    written = element.child(name)
    raw = element.attrib.get(name, written.text if written is not None else "")
    if raw.strip():
        yield Sql(kind, node, element if name in element.attrib or written is None else written,
                  name if name in element.attrib else "", raw, node if kind == "view" else None)


@remembered
def for_obscore(rd: Document, world: Surroundings) -> list[Sql]:
    """What mixins are given for ivoa.obscore. DaCHS expands it more than once: what has a macro is left to it."""
    found: list[Sql] = []
    for contribution in contributions(rd, world):
        table = contribution.table
        if table is None or contribution.element.replayed:
            continue
        for given in contribution.given:
            child = contribution.element.child(given.written)
            holder = given.element if child is None else child
            raw = given.element.attrib[given.written] if child is None else child.text
            if raw.strip() not in ("", _COMPUTED) and not {"\\", "%"} & set(raw):
                found.append(Sql("obscore", Node(holder, rd), holder, given.written if child is None else "", raw,
                                 Node(table, rd)))
    return found


def _table_of_script(script: Node, world: Surroundings) -> Node | None:
    """The table that a script's macros are about: the one it stands in, or the one that its make makes."""
    parent = script.parent
    if parent is None or parent.tag == "table":
        return parent
    reference = parent.get("table") if parent.tag == "make" else None
    if reference is None or "\\" in reference:
        return None
    target = look_up(Reference(parent, "table", reference.strip(), _TABLE), parent.rd, world)
    if target.outcome is not Outcome.FOUND or target.node is None or target.node.tag != "table":
        return None
    return target.node


# -- macros ----------------------------------------------------------------------------------------------------------

def expanded(sql: Sql, world: Surroundings) -> Text:
    """The SQL with macros filled in; UNKNOWN stands where only DaCHS can fill one in."""
    known = _macros(sql, world)
    text, position = Text.of(sql.raw), 0
    while (match := _MACRO.search(text.text, position)) is not None:
        made = _made(match, known)
        if made == UNKNOWN and match[1] == "colNames" and sql.kind == "view" and _in_select_list(text, match.start()):
            made = "NULL"
        text = text.with_replaced(match.start(), match.end(), made)
        position = match.start() + len(made)
    return text


def _in_select_list(text: Text, position: int) -> bool:
    clauses = _CLAUSE.findall(text.text[:position])
    return bool(clauses) and str(clauses[-1]).lower() == "select"


def _made(match: re.Match[str], known: Mapping[str, str]) -> str:
    name: str | None = match[1]
    arguments: list[str] = re.findall(r"\{([^{}]*)\}", match[2] or "")
    if name is None:
        return {"\\\\": "\\", "\\\n": " "}.get(match[0], "")
    if name in known and not arguments:
        return known[name]
    if name == "sql_standardPubDID" and len(arguments) < 2:
        return f"'ivo://authority/~?' || gavo_urlescape({arguments[0] if arguments else 'accref'})"
    if name in ("upper", "lower") and len(arguments) == 1:
        return arguments[0].upper() if name == "upper" else arguments[0].lower()
    if name == "sqlquote" and len(arguments) == 1:
        return "NULL" if arguments[0] == "NULL" else "'" + arguments[0].replace("'", "''") + "'"
    return UNKNOWN


def _macros(sql: Sql, world: Surroundings) -> dict[str, str]:
    known: dict[str, str] = {}
    for level in reversed(sql.node.levels):
        known |= level.macros
    known = {name: value for name, value in known.items() if "\\" not in value}
    own = sql.table.rd if sql.table is not None else sql.node.rd
    schema = schema_of(own)
    if schema:
        known["schema"] = schema
    known["rdId"] = own.rd_id
    if sql.table is None:
        return known
    name = sql.table.get("id") or ""
    if schema and name and "\\" not in name:
        known |= {"tablename": name, "qName": f"{schema}.{name}", "curtable": f"{schema}.{name}"}
    columns = columns_of(sql.table, world)
    if columns.complete and columns.columns:
        known["colNames"] = ", ".join(_written(column) for column in columns.columns)
    return known


def _written(column: str) -> str:
    return '"' + column.removeprefix("quoted/") + '"' if column.startswith("quoted/") else column


def schema_of(rd: Document) -> str:
    """The schema of an RD's tables, `` where it is not known."""
    schema = rd.root.get("schema") or "" if rd.root is not None else ""
    return "" if "\\" in schema else schema.strip()


# -- tables ----------------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class OwnTable:
    """A table of the RD as `dachs imp` will make it.

    `columns` are (name, type) as PostgreSQL has them; without `complete` there may be more.
    """

    node: Node
    schema: str
    name: str
    columns: tuple[tuple[str, str], ...] = field(default=())
    complete: bool = False

    @property
    def full_name(self) -> str:
        return f"{self.schema}.{self.name}".lower()


@dataclass(frozen=True)
class OwnTables:
    """The tables of an RD by `schema.table` in lower case; `open`: something unknown may bring more."""

    by_name: Mapping[str, OwnTable]
    open: bool


@remembered
def own_tables(rd: Document, world: Surroundings) -> OwnTables:
    """The tables of an RD, those that its streams make included."""
    schema = schema_of(rd)
    nodes = [Node(element, rd) for element in rd.elements("table") if not element.replayed]
    is_open = not schema
    if sites(rd):
        for node in played(rd, world):
            if node.unknown:
                # What a mixin cannot tell concerns the table it stands in; a stream may bring tables.
                is_open = is_open or node.element.parent is None or node.element.parent.tag != "table"
            elif node.tag == "table":
                nodes.append(node)
    found: dict[str, OwnTable] = {}
    for node in nodes:
        name = (node.get("id") or "").strip()
        if "\\" in name:
            is_open = True
        elif name and (node.get("temporary") or "").lower() not in ("true", "yes", "on", "1", "t", "y"):
            table = _own_table(node, schema, name, world)
            found[table.full_name] = table
    return OwnTables(found, is_open)


def _own_table(node: Node, schema: str, name: str, world: Surroundings) -> OwnTable:
    known = columns_of(node, world)
    columns = []
    complete = known.complete
    for column, where in known.columns.items():
        kind = _type_of(where, world) if where is not None else ""
        folded = column.removeprefix("quoted/") if column.startswith("quoted/") else column.lower()
        if kind:
            columns.append((folded, kind))
        else:
            complete = False
    return OwnTable(node, schema, name, tuple(columns), complete)


def _type_of(column: Node, world: Surroundings, depth: int = 0) -> str:
    """The PostgreSQL type of a column, `` if it is not known. DaCHS takes real where there is no type."""
    declared = column.get("type")
    if declared is not None:
        return postgres_type(declared)
    original = column.get("original")
    if original is None:  # a built-in mixin's column stands nowhere; without a type it has that of an original
        return "real" if column.element.parent is not None else ""
    if "\\" in original or depth > 5:
        return ""
    container, dot, member = original.strip().rpartition(".")
    target = look_up(Reference(column, "original", container or member, frozenset()), column.rd, world)
    if dot and target.builtin is not None:
        return postgres_type(target.builtin.columns.get(member, ""))
    found = target.node
    if dot and found is not None:
        found = columns_of(found, world).columns.get(member) if found.tag == "table" else None
    return _type_of(found, world, depth + 1) if found is not None and found.tag == "column" else ""


def postgres_type(declared: str) -> str:
    """What DaCHS makes of a column's type in the database, `` if that is no type that a table can have."""
    match = re.fullmatch(r"([a-z0-9 -]+?)\s*((?:\(\s*(?:\*|\d+)\s*\))?)((?:\[[\d, ]*\])*)", declared.strip().lower())
    if match is None or match[1] not in _SCALARS:
        return ""
    scalar = "text" if match[1] == "unicode" or (match[1] == "char" and match[2]) else match[1]
    return scalar + ("[]" if match[3] else "")
