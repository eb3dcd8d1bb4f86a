"""Rule DA331: DaCHS can take an SQL script apart into statements."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.sql import snippets
from dachsadmin.rd.sqltext import Unsplittable
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site
from dachsadmin.val.sqlcheck import origin, statements


class UnsplittableSqlScript(Rule):
    """DaCHS can take an SQL script apart into statements.

    DaCHS splits scripts at semicolons with a small grammar of its own. It knows comments only directly behind a
    semicolon or a literal: anywhere else, at the beginning of the script included, an apostrophe in a comment begins a
    string for it, and a semicolon ends the statement. Two semicolons in a row, or an empty script, are errors, too.
    All of that shows at `dachs imp` only.

    Bad:
        <table id="t" onDisk="True"><script lang="SQL" type="postCreation" name="clean">
          DELETE FROM \\qName WHERE mag > 99 -- they're junk
        </script></table>
    Good:
        <table id="t" onDisk="True"><script lang="SQL" type="postCreation" name="clean">
          DELETE FROM \\qName WHERE mag > 99 -- they are junk
        </script></table>
    See: DaCHS reference documentation, Scripting
    """

    code, name, severity, since = "DA331", "unsplittable-sql-script", Severity.ERROR, "0.1"
    profile = "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for sql in snippets(rd, site):
            if sql.kind == "script" and isinstance(found := statements(sql, rd, site), Unsplittable):
                yield self.finding(rd, origin(sql, rd, site, found.position), f"{sql.shown} {found.reason}",
                                   subject=sql.shown)
