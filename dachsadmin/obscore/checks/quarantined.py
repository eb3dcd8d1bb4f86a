"""Check DO203: quarantined."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.obscore.check import Check
from dachsadmin.obscore.survey import Survey


class Quarantined(Check):
    """No contribution is kept out of ivoa.obscore.

    `dachsadmin obscore reimport --quarantine` has left this one out, because it did not work. Mend its table or RD; then
    `dachsadmin obscore restore TABLE` brings it back.

    See:
        man dachsadmin-obscore
    """

    code, name, severity, since = "DO203", "quarantined", Severity.WARNING, "0.3"

    def check(self, survey: Survey) -> Iterator[Finding]:
        listed = {part.table for part in survey.parts}
        for part in survey.quarantined:
            tried = survey.database.try_out(part.sql)
            if part.table in listed:
                now = "an import has brought it back meanwhile"
            elif tried.problem is None:
                now = "it would work now"
            else:
                now = tried.problem.message
            yield self.finding(f"the contribution of {part.table} is kept out of ivoa.obscore: {now}", part=part,
                               location=survey.place(part), hint=f"run 'dachsadmin obscore restore {part.table}'")
