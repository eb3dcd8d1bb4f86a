"""Rule DA330: PostgreSQL takes the SQL of an RD."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Confidence, Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site
from dachsadmin.val.sqlcheck import verdicts


class SqlRefusedByDatabase(Rule):
    """PostgreSQL takes the SQL of an RD.

    DaCHS sends scripts and view statements at `dachs imp`, the query of a fixedQueryCore with every request, and looks
    at none of them before. Expressions that are given to //obscore mixins it makes part of ivoa.obscore, for all tables
    together: one that is wrong leaves the site without that view. Here the server analyses each statement in a transaction that is rolled back, and executes
    nothing. Tables of the RD are taken as the RD has them, imported or not. What fails in an AC_SQL script DaCHS
    ignores, so that it is a warning.

    Bad:
        <fixedQueryCore query="SELECT COUNT(* FROM \\schema.data"/>
    Good:
        <fixedQueryCore query="SELECT COUNT(*) FROM \\schema.data"/>
    See: DaCHS reference documentation, Scripting; PostgreSQL manual, SQL commands
    """

    code, name, severity, since = "DA330", "sql-refused-by-database", Severity.ERROR, "0.1"
    profile, stage = "min", "database"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for verdict in verdicts(rd, site):
            if verdict.tested:
                yield self.finding(rd, verdict.location, verdict.message, subject=verdict.sql.shown,
                                   severity=Severity.WARNING if verdict.sql.tolerant else self.severity,
                                   confidence=Confidence.HIGH if verdict.sure else Confidence.MEDIUM)
