"""Check DO100: view-missing."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.obscore.check import Check
from dachsadmin.obscore.contributions import is_stub
from dachsadmin.obscore.survey import Survey


class ViewMissing(Check):
    """There is a view ivoa.obscore, and it is not the empty one that DaCHS makes where there was none.

    Whoever drops a contributing table with CASCADE drops the view for everybody; TAP still lists it. `dachs imp -m
    //obscore` then ends well, and leaves a view without rows. `dachsadmin obscore reimport` brings the rows back.

    See:
        PostgreSQL, Dependency Tracking (https://www.postgresql.org/docs/current/ddl-depend.html)
    """

    code, name, severity, since = "DO100", "view-missing", Severity.ERROR, "0.3"

    def check(self, survey: Survey) -> Iterator[Finding]:
        hint = "run 'dachsadmin obscore reimport'"
        if not survey.live.kind:
            yield self.finding("there is no ivoa.obscore, though tables contribute to it", hint=hint)
        elif is_stub(survey.live):
            yield self.finding("ivoa.obscore is the empty view that 'dachs imp -m //obscore' makes where it was lost", hint=hint)
