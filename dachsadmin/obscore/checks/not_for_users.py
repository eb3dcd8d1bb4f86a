"""Check DO201: not-for-users."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.obscore import mending
from dachsadmin.obscore.check import Check
from dachsadmin.obscore.survey import Survey


class NotForUsers(Check):
    """TAP's users may query what contributes to ivoa.obscore.

    The view shows them the rows all the same, but not in the table that source_table names, and functions in the view
    are called with their rights. `dachs imp //obscore recover` throws such contributions out without a word.

    See:
        PostgreSQL, Rules and Privileges (https://www.postgresql.org/docs/current/rules-privileges.html)
    """

    code, name, severity, since = "DO201", "not-for-users", Severity.WARNING, "0.3"
    of_parts = True

    def check(self, survey: Survey) -> Iterator[Finding]:
        if survey.users is None:
            yield self.untested("nobody can say what TAP's users may read: the profile untrustedquery cannot be used",
                                hint="run it as root")
        for part in survey.working:
            tried = survey.tried_by_users.get(part.table)
            if tried is not None and tried.problem is not None and tried.problem.kind != "unavailable":
                yield self.finding(f"TAP's users may not query {part.table}: {tried.problem.message}", part=part,
                                   location=survey.place(part), hint=mending.mend(survey, part, tried.problem))
