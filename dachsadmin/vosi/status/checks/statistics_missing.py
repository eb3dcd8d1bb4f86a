"""Check DV302: statistics-missing."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.vosi.status.check import Check, Holding, listed


class StatisticsMissing(Check):
    """Column statistics tell clients what values to expect.

    `dachs limits` finds them, and `dachs imp` wipes them. Nobody can tell wiped from never found, so this is information;
    `vosi refresh --statistics` finds them for all tables that have none (1 s per table, more for large ones).

    See: VODataService 1.2, section 3.3 (https://www.ivoa.net/documents/VODataService/)
    """

    code, name, severity, since = "DV302", "statistics-missing", Severity.INFO, "0.3"
    verdict = "current"

    def check(self, held: Holding) -> Iterator[Finding]:
        without = [table.key for table in held.tables if table.published and lacks_statistics(held, table.key)]
        if without and not held.rd.startswith("__system__/"):
            yield self.finding(held, f"there are no statistics of {listed(without)}",
                               hint=f"run 'dachs limits {held.shown}'")


def lacks_statistics(held: Holding, table: str) -> bool:
    """Whether `dachs limits` would find out about a table and has not: it leaves out views, and empty ones give nothing."""
    relation, noted = held.stored.relations.get(table), held.stored.noted.get(table)
    return (relation is not None and relation.kind in ("table", "foreign") and relation.rows > 0 and noted is not None
            and noted.nrows is None)
