"""Check DV205: noted-in-vain."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.vosi.status.check import Check, Holding


class NotedInVain(Check):
    """dc.tablemeta has no table that its RD does not have.

    DaCHS takes a table from an RD that does not know it; what is left of it in the database was renamed, moved to another
    RD, or forgotten. `dachs purge TABLE` removes all traces, and the table itself.

    See: DaCHS operator's guide, dachs purge
    """

    code, name, severity, since = "DV205", "noted-in-vain", Severity.WARNING, "0.3"
    verdict = "broken"

    def check(self, held: Holding) -> Iterator[Finding]:
        if held.declared is not None:
            for name in sorted(held.noted - {table.key for table in held.tables}):
                there = name in held.stored.relations
                what = "which is still in the database" if there else "which is not in the database either"
                hint = f"run 'dachs purge {held.stored.noted[name].name}'" + (", if nobody needs its rows" if there else "")
                yield self.finding(held, f"dc.tablemeta has the table {name}, which the RD has not, and {what}", table=name,
                                   hint=hint)
