"""Check DV302: statistics-missing."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.model.published import DeclaredTable
from dachsadmin.vosi.status.check import SYSTEM, Check, Holding, listed

_NUMBERS = frozenset({"short", "int", "long", "float", "double"})


class StatisticsMissing(Check):
    """Column statistics tell clients what values to expect.

    `dachs limits` finds them, and `dachs imp` wipes them. Nobody can tell wiped from never found, so this is information;
    `vosi refresh --statistics` finds them for all tables that have none (1 s per table, more for large ones).

    See: VODataService 1.2, section 3.3 (https://www.ivoa.net/documents/VODataService/)
    """

    code, name, severity, since = "DV302", "statistics-missing", Severity.INFO, "0.3"
    verdict = "current"

    def check(self, held: Holding) -> Iterator[Finding]:
        without = [table.key for table in held.tables if lacks_statistics(held, table)]
        if without and not held.rd.startswith(SYSTEM):
            yield self.finding(held, f"there are no statistics of {listed(without)}",
                               hint=f"run 'dachs limits {held.shown}'")


def lacks_statistics(held: Holding, table: DeclaredTable) -> bool:
    """Whether `dachs limits` would find out about a table and has not: it leaves out views, and empty ones give nothing.

    An import wipes the statistics of columns, but keeps the number of rows.
    """
    relation, noted = held.stored.relations.get(table.key), held.stored.noted.get(table.key)
    if relation is None or noted is None or table.view or table.published is None or 0 in (relation.rows, noted.nrows):
        return False
    numbers = any(column.datatype in _NUMBERS and not column.arraysize for column in table.published.columns)
    return noted.nrows is None or (numbers and table.key not in held.stored.counted)
