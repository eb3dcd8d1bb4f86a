"""Rule DA333: Literals in an SQL script survive DaCHS's splitting."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.sql import snippets
from dachsadmin.rd.sqltext import Text, Unsplittable, sent, tokens
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site
from dachsadmin.val.sqlcheck import statements

_QUOTES = re.compile(r"""''|""|(?<!\w)[EeBbXxNn]'|&['"]|\$\d""")
"""What DaCHS may tear; nearly all scripts have none of it."""


class LiteralTornByDachs(Rule):
    """Literals in an SQL script survive DaCHS's splitting.

    When it splits a script, DaCHS puts a blank between literals and all else. That tears doubled quotes ('it''s'
    becomes 'it' 's'), prefixes (E'a' becomes E 'a') and parameters ($1) apart, and PostgreSQL refuses the
    statement at `dachs imp`. Dollar quotes survive.

    Bad:
        <table id="t" onDisk="True"><script lang="SQL" type="postCreation" name="note">
          UPDATE \\qName SET note='it''s bright'
        </script></table>
    Good:
        <table id="t" onDisk="True"><script lang="SQL" type="postCreation" name="note">
          UPDATE \\qName SET note=$$it's bright$$
        </script></table>
    See: DaCHS reference documentation, Scripting
    """

    code, name, severity, since = "DA333", "literal-torn-by-dachs", Severity.ERROR, "0.1"
    profile = "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for sql in snippets(rd, site):
            found = statements(sql, rd, site) if sql.kind == "script" and _QUOTES.search(sql.raw) else []
            for statement in [] if isinstance(found, Unsplittable) else found:
                torn = _torn(statement)
                if torn is not None:
                    yield self.finding(rd, sql.location(rd, statement.origin(torn[0])),
                                       f"{sql.shown}: DaCHS tears {torn[1]} apart", subject=sql.shown, value=torn[1],
                                       severity=Severity.WARNING if sql.tolerant else self.severity,
                                       hint="write literals with quotes or backslashes in them as $$...$$")


def _torn(statement: Text) -> tuple[int, str] | None:
    """The first token that PostgreSQL would see otherwise if DaCHS did not come between."""
    written = tokens(statement.text)
    for token, arrives in zip(written, tokens(sent(statement))):
        if (token.kind, token.text) != (arrives.kind, arrives.text):
            return token.start, token.text if len(token.text) < 30 else token.text[:27] + "..."
    return None
