"""Comparison DD200: fewer-rows."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.comparison import Comparison, Pair


class FewerRows(Comparison):
    """No table has lost rows.

    An import that broke off, a view that was made anew of less, or a contribution that is no longer in ivoa.obscore looks
    well otherwise. Tables of up to a million rows are counted; of others PostgreSQL's estimate is taken, and a difference
    is told when it is more than a twentieth. `dachsadmin obscore status` tells what has become of contributions.

    See:
        dachsadmin-obscore(8)
    """

    code, name, severity, since = "DD200", "fewer-rows", Severity.ERROR, "0.3"

    def compare(self, pair: Pair) -> Iterator[Finding]:
        for rows in pair.rows():
            if rows.now < rows.was:
                yield self.finding(rows.subject, rows.message, rd=pair.rd_of(rows.table),
                                   hint="run 'dachsadmin obscore status'" if rows.in_obscore else "")
        for name in pair.not_counted():
            yield self.untested(name, f"the rows of {name} could not be counted now", rd=pair.rd_of(name))
