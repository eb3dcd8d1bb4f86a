"""Rule DA920: The SQL of an RD could be tried."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site
from dachsadmin.val.sqlcheck import verdicts


class SqlNotTried(Rule):
    """The SQL of an RD could be tried.

    SQL can only be judged by a server. It cannot be tried without one, where a macro stands that only DaCHS can fill
    in, or where a statement needs tables that are not there before the import.

    Bad:
        <fixedQueryCore query="SELECT * FROM \\metaString{source}"/>
    Good:
        <fixedQueryCore query="SELECT * FROM \\schema.data"/>
    See: dachsadmin-val(1), option --scratch
    """

    code, name, severity, since = "DA920", "sql-not-tried", Severity.INFO, "0.1"
    profile, stage = "min", "database"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for verdict in verdicts(rd, site):
            if not verdict.tested:
                yield self.untested(rd, verdict.location, verdict.message,
                                    hint="" if site.database else "try it on a throw-away database with --scratch")
