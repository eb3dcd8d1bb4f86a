"""Check DV102: table-not-imported."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.vosi.status.check import Check, Holding


class TableNotImported(Check):
    """A table that is published is there.

    What DaCHS's RD or TAP_SCHEMA promises and PostgreSQL has not fails in every query. The table was never imported, or
    was dropped, maybe together with another one (CASCADE).

    See: DaCHS operator's guide, dachs imp
    """

    code, name, severity, since = "DV102", "table-not-imported", Severity.ERROR, "0.3"
    verdict = "broken"

    def check(self, held: Holding) -> Iterator[Finding]:
        for table in held.tables:
            known = table.published or table.key in held.listed or table.key in held.noted
            if known and table.key not in held.stored.relations:
                data = next((name for name, auto in table.makers if not auto and name), "")
                auto = any(auto for _, auto in table.makers)
                words = f"{held.shown} {data}" if data and not auto else held.shown
                yield self.finding(held, f"the table {table.key} is not in the database", table=table.key,
                                   hint=f"run 'dachs imp {words}'")
