"""A database that is not there: what it has and what it refuses stands in the `database:` key of a rule's cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dachsadmin.model.database import Index, Obscore, Problem, Record, TableColumn, TableFacts
from dachsadmin.system.postgres import DatabaseUnreachable


class FakeDatabase:
    """Made of a mapping with (all optional):

    - `scratch`, `unreachable`: true
    - `tables`: {schema.table: {columns: {name: type or {type, target, ...}}, indexes: {name: [method, column, ...]},
      rows, kind, bytes}}
    - `refuses`: {text: [sqlstate, message]}; a statement that contains the text is refused, at its position
    - `published`: RD ids; `records`: the arguments of Record, each; `obscore`: those of Obscore
    - `statistics`: {table: [column, ...]}; no such table: none yet; without the key: a DaCHS that keeps none
    """

    def __init__(self, told: Mapping[str, Any]) -> None:
        unknown = set(told) - {"scratch", "unreachable", "tables", "refuses", "published", "records", "obscore",
                               "statistics"}
        assert not unknown, f"a fake database knows nothing of {unknown}"
        self.told = told
        self.scratch: bool = told.get("scratch", False)

    def __str__(self) -> str:
        return "gavo on localhost"

    def _answer(self) -> None:
        if self.told.get("unreachable"):
            raise DatabaseUnreachable(f"the database {self} does not answer")

    def prepare(self, statement: str, stubs: Mapping[str, Sequence[tuple[str, str]]]) -> Problem | None:
        self._answer()
        for text, (sqlstate, message) in self.told.get("refuses", {}).items():
            if text in statement:
                return Problem(str(sqlstate), message, statement.index(text))
        return None

    def table(self, name: str) -> TableFacts | None:
        self._answer()
        told = self.told.get("tables", {}).get(name.lower())
        if told is None:
            return None
        columns = [TableColumn(column, **({"type": how} if isinstance(how, str) else how))
                   for column, how in told.get("columns", {}).items()]
        indexes = [Index(index, parts[0], tuple(parts[1:])) for index, parts in told.get("indexes", {}).items()]
        return TableFacts(name.lower(), told.get("kind", "table"), tuple(columns), tuple(indexes),
                          told.get("rows", -1), told.get("bytes", 0))

    def schemas(self) -> frozenset[str]:
        self._answer()
        return frozenset(name.partition(".")[0] for name in self.told.get("tables", {}))

    def published(self) -> list[str]:
        self._answer()
        return list(self.told.get("published", ()))

    def records(self) -> tuple[Record, ...]:
        self._answer()
        return tuple(Record(**record) for record in self.told.get("records", ()))

    def obscore(self) -> Obscore | None:
        self._answer()
        told = self.told.get("obscore")
        return None if told is None else Obscore(**{name: tuple(value) if isinstance(value, list) else value
                                                    for name, value in told.items()})

    def statistics(self, table: str) -> frozenset[str] | None:
        self._answer()
        return None if "statistics" not in self.told else frozenset(self.told["statistics"].get(table, ()))


def fake(told: Mapping[str, Any] | None) -> FakeDatabase | None:
    """The database of a case, None if the case has none."""
    return None if told is None else FakeDatabase(told)
