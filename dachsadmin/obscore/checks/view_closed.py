"""Check DO102: view-closed."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.obscore.check import Check
from dachsadmin.obscore.contributions import EMPTY, grants
from dachsadmin.obscore.survey import Survey


class ViewClosed(Check):
    """DaCHS's roles for queries may read ivoa.obscore.

    A view that was made anew by hand is open to nobody. `dachs imp -m //obscore` opens it, and so does `dachsadmin obscore
    reimport`.

    See:
        PostgreSQL, Privileges (https://www.postgresql.org/docs/current/ddl-priv.html)
    """

    code, name, severity, since = "DO102", "view-closed", Severity.ERROR, "0.3"

    def check(self, survey: Survey) -> Iterator[Finding]:
        if not survey.live.kind:
            return
        closed = sorted({role for role, privilege in grants(survey.database, EMPTY) - survey.live.grants
                         if privilege == "SELECT"})
        if closed:
            yield self.finding(f"{' and '.join(closed)} may not read ivoa.obscore", hint="run 'dachsadmin obscore reimport'")
