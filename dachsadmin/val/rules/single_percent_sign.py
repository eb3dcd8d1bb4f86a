"""Rule DA332: A percent sign in a view statement or fixed query is doubled."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.sql import snippets
from dachsadmin.rd.sqltext import Unsplittable
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site
from dachsadmin.val.sqlcheck import origin, statements


class SinglePercentSign(Rule):
    """A percent sign in a view statement or fixed query is doubled.

    DaCHS hands both to psycopg2 with (no) parameters, which takes a percent sign for the beginning of a placeholder
    and raises `dict is not a sequence` or a KeyError, at `dachs imp` or with every request. In SQL scripts DaCHS
    doubles them itself.

    Bad:
        <fixedQueryCore query="SELECT n FROM \\schema.t WHERE name LIKE 'M%'"/>
    Good:
        <fixedQueryCore query="SELECT n FROM \\schema.t WHERE name LIKE 'M%%'"/>
    See: https://www.psycopg.org/docs/usage.html#passing-parameters-to-sql-queries
    """

    code, name, severity, since = "DA332", "single-percent-sign", Severity.ERROR, "0.1"
    profile = "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for sql in snippets(rd, site):
            if sql.kind == "script" or "%" not in sql.raw:
                continue
            found = statements(sql, rd, site)
            if isinstance(found, Unsplittable):
                yield self.finding(rd, origin(sql, rd, site, found.position), f"{sql.shown} {found.reason}",
                                   subject=sql.shown)
