"""Published metadata of tables: what RDs declare, and what the database has of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Column:
    """A column as TAP_SCHEMA has it; what is NULL there is ``."""

    name: str
    datatype: str
    arraysize: str = ""
    xtype: str = ""
    unit: str = ""
    ucd: str = ""
    utype: str = ""
    description: str = ""
    principal: int = 0
    indexed: int = 0
    std: int = 0


@dataclass(frozen=True)
class Table:
    """A table as TAP_SCHEMA has it, with its columns in order.

    `kind` is table or view. `keys` are foreign keys: the other table, and pairs of columns (from here, there), sorted.
    """

    schema: str
    kind: str
    description: str = ""
    utype: str = ""
    columns: tuple[Column, ...] = ()
    keys: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()


@dataclass(frozen=True)
class Resource:
    """A published resource as dc.resources and its relatives have it."""

    ivoid: str
    title: str
    shortname: str
    description: str
    authors: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()


@dataclass(frozen=True)
class DeclaredTable:
    """A table on disk of an RD. `name` is as DaCHS spells it, `columns` have their names and types in the database.

    `makers` are the data items that make it ("" has no id), and whether `dachs imp` does so unasked. `published` is what
    TAP_SCHEMA should have, None if it is not to be there.
    """

    name: str
    adql: bool
    view: bool
    description: str
    makers: tuple[tuple[str, bool], ...]
    columns: tuple[tuple[str, str], ...]
    published: Table | None

    @property
    def key(self) -> str:
        return self.name.lower()


@dataclass(frozen=True)
class DeclaredRd:
    """What an RD says. `coverage` are the tables (in lower case) that its coverage is taken from.

    `resources` are by their ids; None if metadata that a record needs is missing.
    """

    tables: tuple[DeclaredTable, ...]
    description: str
    resources: Mapping[str, Resource] | None
    coverage: tuple[str, ...]


@dataclass(frozen=True)
class Noted:
    """A row of dc.tablemeta. `nrows` is what `dachs limits` found, None if that never ran."""

    name: str
    rd: str
    description: str
    rd_description: str
    adql: bool
    nrows: int | None


@dataclass(frozen=True)
class Relation:
    """A table or view that is there. `rows` is an estimate, -1 unknown."""

    kind: str
    rows: float
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Stored:
    """What a database has of published tables, by their names in lower case, and of RDs.

    `listed` and `listed_by` (the RD) are TAP_SCHEMA, `noted` is dc.tablemeta, `counted` has the tables with column
    statistics, `covered` the RDs with any coverage, `resources` what is published, by RD and id.
    """

    listed: Mapping[str, Table] = field(default_factory=dict)
    listed_by: Mapping[str, str] = field(default_factory=dict)
    noted: Mapping[str, Noted] = field(default_factory=dict)
    relations: Mapping[str, Relation] = field(default_factory=dict)
    counted: frozenset[str] = frozenset()
    covered: frozenset[str] = frozenset()
    resources: Mapping[str, Mapping[str, Resource]] = field(default_factory=dict)

    @property
    def rds(self) -> frozenset[str]:
        """All RDs that DaCHS knows tables or published resources of."""
        return frozenset({*self.listed_by.values(), *(noted.rd for noted in self.noted.values()), *self.resources} - {""})


def declared(content: Mapping[str, Any]) -> DeclaredRd:
    """What an RD declares, from what the worker tells (system/worker/declared.py)."""
    resources = content["resources"]
    return DeclaredRd(
        tuple(DeclaredTable(
            table["name"], table["adql"], table["view"], table["description"],
            tuple((maker["data"], maker["auto"]) for maker in table["makers"]),
            tuple((name, kind) for name, kind in table["columns"]),
            table["published"] and _table(table["published"])) for table in content["tables"]),
        content["description"],
        None if resources is None else {name: Resource(
            one["ivoid"], one["title"], one["shortname"], one["description"], tuple(one["authors"]),
            tuple(one["subjects"])) for name, one in resources.items()},
        tuple(content["coverage"]))


def _table(told: Mapping[str, Any]) -> Table:
    keys = tuple((target, tuple((here, there) for here, there in pairs)) for target, pairs in told["keys"])
    return Table(told["schema"], told["kind"], told["description"], told["utype"],
                 tuple(Column(*column) for column in told["columns"]), keys)
