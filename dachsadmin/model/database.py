"""What there is to know of a database: tables, indexes, and why a statement is not taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Problem:
    """Why PostgreSQL does not take a statement.

    `position` counts characters of the statement from 0; None if the server does not say. `message` is the server's.
    `stub` names the stub that could not be made, so that the statement was not looked at.
    """

    sqlstate: str
    message: str
    position: int | None = None
    stub: str = ""

    @property
    def kind(self) -> str:
        """`syntax`, `relation`, `schema`, `column`, `function`, `type`, `privilege`, `stub`, `unavailable`, `other`."""
        if self.stub:
            return "stub"
        if self.sqlstate[:2] in ("", "08", "25", "53", "54", "55", "57", "58", "XX"):
            return "unavailable"
        return _KINDS.get(self.sqlstate, "other")


_KINDS = {"42601": "syntax", "42P01": "relation", "3F000": "schema", "42703": "column", "42883": "function",
          "42704": "type", "42501": "privilege"}


@dataclass(frozen=True)
class Index:
    """An index as pg_indexes has it. `columns` are column names or the text of expressions, in order."""

    name: str
    method: str
    columns: tuple[str, ...]
    unique: bool = False


@dataclass(frozen=True)
class TableColumn:
    """A column in the database. `target` is its statistics target, -1 for the default.

    From pg_stats, None where there is none: `distinct` (negative: a fraction of the rows), `nulls` (a fraction),
    `common` (the summed frequencies of the most common values) and `commons` (how many of those are kept).
    """

    name: str
    type: str
    target: int = -1
    distinct: float | None = None
    nulls: float | None = None
    common: float | None = None
    commons: int = 0


@dataclass(frozen=True)
class Tried:
    """What a query that was begun would give, or why it cannot be."""

    columns: tuple[TableColumn, ...] = ()
    problem: Problem | None = None


@dataclass(frozen=True)
class TableFacts:
    """A table as the server has it. `kind`: table, view, materialized or foreign. `rows` is an estimate, -1 unknown."""

    name: str
    kind: str
    columns: tuple[TableColumn, ...] = ()
    indexes: tuple[Index, ...] = ()
    rows: float = -1
    bytes: int = 0

    def column(self, name: str) -> TableColumn | None:
        """A column by its name, in whatever case."""
        return next((column for column in self.columns if column.name.lower() == name.lower()), None)


@dataclass(frozen=True)
class DescribedColumn:
    """A column of anybody's table: its type as format_type spells it, its comment, and whether it must not be NULL.

    From pg_stats: `least` and `greatest` as texts, None where there is none.
    """

    name: str
    type: str
    comment: str = ""
    required: bool = False
    least: str | None = None
    greatest: str | None = None


@dataclass(frozen=True)
class DescribedTable:
    """Anybody's table, in the names that it really has. `quoted` is how SQL writes schema and table.

    `kind`: table, view, materialized, foreign. `rows` is an estimate, -1 unknown; `key` the columns of the primary key.
    `role` is who asked, `readable` whether that role may read it.
    """

    schema: str
    name: str
    quoted: tuple[str, str]
    kind: str
    rows: int
    role: str
    readable: bool
    comment: str = ""
    columns: tuple[DescribedColumn, ...] = ()
    key: tuple[str, ...] = ()

    @property
    def sql(self) -> str:
        return ".".join(self.quoted)

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True)
class Record:
    """What DaCHS noted about a table (`` for a published resource) of an RD.

    `kept_in` is where (`tap_schema.tables`); `exists` whether that table is there.
    """

    kept_in: str
    table: str
    rd: str
    exists: bool = True


@dataclass(frozen=True)
class Obscore:
    """The view ivoa.obscore. `view` is False if there is none; `stub` if it is the empty one that 'imp -m' makes.

    `contributors` should be in it, `missing` of those are not. `old_utypes`: TAP_SCHEMA describes ObsCore 1.0.
    """

    view: bool
    stub: bool = False
    contributors: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    old_utypes: bool = False


class Database(Protocol):
    """What rules may ask a database. It is never changed.

    `scratch` says that it is a throw-away one, where the tables of the service tree were never imported.
    """

    scratch: bool

    def __str__(self) -> str:
        """`gavo on localhost:5432`."""

    def prepare(self, statement: str, stubs: Mapping[str, Sequence[tuple[str, str]]]) -> Problem | None:
        """Have the server parse and analyse one statement, and execute nothing. None means that it is right.

        `stubs` are tables that may not be there yet: {name: [(column, type), ...]}; they exist as `pg_temp.NAME` while
        the statement is analysed. Analysis looks at queries (SELECT, INSERT, UPDATE, DELETE, MERGE); of other commands
        it sees the syntax only.
        """

    def table(self, name: str) -> TableFacts | None:
        """What the server has under `schema.table` (in whatever case), None if nothing."""

    def schemas(self) -> frozenset[str]:
        """The schemas (in lower case) that have tables."""

    def published(self) -> list[str]:
        """The ids of the published RDs, as `dachs val ALL` means them."""

    def records(self) -> tuple[Record, ...]:
        """What DaCHS noted about tables and published resources, whether or not they are still there."""

    def obscore(self) -> Obscore | None:
        """The state of ivoa.obscore; None if //obscore was never imported."""

    def statistics(self, table: str) -> frozenset[str] | None:
        """The columns (in lower case) of a table that `dachs limits` has looked at; None if this DaCHS does not."""
