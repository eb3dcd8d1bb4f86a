"""DA609: a promise that DaCHS does not keep any more."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Edit, Finding, Fix, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.macros import is_true
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class ForceUnique(Rule):
    """forceUnique has no effect since DaCHS 2.1.

    It let the importer look for duplicate keys. Now the database does that whenever there is a dupePolicy and a
    primary key.

    Bad:
        <table id="main" onDisk="True" primary="id" forceUnique="True"><column name="id" type="text" required="True"/>
        </table>
    Good:
        <table id="main" onDisk="True" primary="id" dupePolicy="drop"><column name="id" type="text" required="True"/>
        </table>
    See: DaCHS 2.1 release notes
    """

    code, name, severity, since = "DA609", "force-unique", Severity.INFO, "0.1"
    profile = "strict"
    only_with = ("forceUnique",)

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for table in rd.elements("table"):
            if is_true(table.get("forceUnique")):
                yield self.finding(rd, table, f"forceUnique of table {table.get('id')!r} has no effect since DaCHS 2.1",
                                   attribute="forceUnique", subject=table.get("id") or "",
                                   hint="remove it; dupePolicy says what happens to duplicates",
                                   fix=_fix(rd, rd.attribute_span(table, "forceUnique")))


def _fix(rd: Document, span: tuple[int, int] | None) -> Fix | None:
    if span is None:
        return None
    start = rd.raw.rfind(b"forceUnique", 0, span[0])
    before = len(rd.raw[:start].rstrip())
    return Fix("remove forceUnique", (Edit(before, span[1] + 1, ""),))
