"""Check DO204: orphaned-contribution."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.obscore.check import Check
from dachsadmin.obscore.survey import Survey


class OrphanedContribution(Check):
    """Every contribution comes from an RD that is there, and from a table that DaCHS knows.

    What was removed by hand goes on contributing: its rows stay in ivoa.obscore, and links that DaCHS makes of them lead
    nowhere. An upgrade of DaCHS stops at such a contribution (measured, with 2.7).

    See:
        The operator's guide of DaCHS (https://docs.g-vo.org/DaCHS/opguide.html)
    """

    code, name, severity, since = "DO204", "orphaned-contribution", Severity.WARNING, "0.3"

    def check(self, survey: Survey) -> Iterator[Finding]:
        known = {table for table, in survey.database.rows("SELECT lower(tablename) FROM dc.tablemeta")}
        for part in survey.parts:
            if not survey.rd_file(part).is_file():
                yield self.finding(f"{part.table} contributes to ivoa.obscore, but its RD {part.rd} is gone", part=part,
                                   hint=f"run 'dachs drop -f {part.rd}', or bring the RD back")
            elif part.table.lower() not in known and survey.has_table(part):
                yield self.finding(f"{part.table} contributes to ivoa.obscore, but is no table that DaCHS knows", part=part,
                                   location=survey.place(part), hint=f"run 'dachs imp {part.rd}'")
