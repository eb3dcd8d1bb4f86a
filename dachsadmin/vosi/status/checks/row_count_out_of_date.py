"""Check DV303: row-count-out-of-date."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.vosi.status.check import Check, Holding, listed

FACTOR = 1.5
"""A count that is wrong by more than this misleads."""


class RowCountOutOfDate(Check):
    """The number of rows that is published is about right.

    Clients choose how to ask by it. It is what `dachs limits` found last; PostgreSQL's own estimate tells what there is.

    See: VODataService 1.2, section 3.3 (https://www.ivoa.net/documents/VODataService/)
    """

    code, name, severity, since = "DV303", "row-count-out-of-date", Severity.INFO, "0.3"
    verdict = "current"

    def check(self, held: Holding) -> Iterator[Finding]:
        wrong = []
        for table in held.tables:
            relation, noted = held.stored.relations.get(table.key), held.stored.noted.get(table.key)
            if relation and noted and noted.nrows is not None and relation.rows >= 0 and table.published:
                low, high = sorted((noted.nrows, relation.rows))
                if high > FACTOR * low + 10:
                    wrong.append(f"{noted.nrows} for {table.key}, which has about {relation.rows:.0f}")
        if wrong:
            yield self.finding(held, f"the number of rows is out of date: {listed(wrong)}",
                               hint=f"run 'dachs limits {held.shown}'")
