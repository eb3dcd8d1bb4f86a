"""Rule DA921: The database could be asked about the tables of the tree."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.val.rule import SiteRule
from dachsadmin.val.site import Site


class DatabaseNotAsked(SiteRule):
    """The database could be asked about the tables of the tree.

    Rules on columns, indexes, left-overs and ivoa.obscore (DA4xx) look at the database that DaCHS is configured for.
    If it does not answer, nobody can say.

    Bad:
        dachsadmin val ALL    (PostgreSQL is down)
    Good:
        systemctl start postgresql && dachsadmin val ALL
    See: dachsadmin-val(1), section ENGINES
    """

    code, name, severity, since = "DA921", "database-not-asked", Severity.INFO, "0.1"
    profile, whole = "min", False

    def check_site(self, site: Site) -> Iterator[Finding]:
        if site.database_fault is not None:
            yield self.of_site("", site, f"the facts in the database were not looked at: {site.database_fault.message}",
                               hint=site.database_fault.hint, tested=False)
