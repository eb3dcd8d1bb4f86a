"""DA146: what to do with duplicates, where nothing can be one."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.expansion import all_nodes, children
from dachsadmin.rd.references import place_of
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class DupePolicyWithoutKey(Rule):
    """A table with a dupePolicy has a primary key.

    Rows are duplicates if they have the same primary key. Without one, `dachs imp` fails with a syntax error in SQL, and
    for a table that is not on disk already `dachs val` breaks off (measured with DaCHS 2.7).

    Bad:
        <table id="stars" onDisk="True" dupePolicy="drop"><column name="obj_id" type="text"/></table>
    Good:
        <table id="stars" onDisk="True" dupePolicy="drop" primary="obj_id"><column name="obj_id" type="text"/></table>
    See: https://docs.g-vo.org/DaCHS/ref.html#element-table
    """

    code, name, severity, since = "DA146", "dupe-policy-without-key", Severity.ERROR, "0.2"
    profile = "min"
    only_with = ("dupePolicy",)

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for table in all_nodes(rd, site, "table"):
            policy = table.get("dupePolicy")
            if not policy or "\\" in policy or table.get("primary") is not None or table.get("original") is not None:
                continue
            if any(child.unknown or child.tag == "primary" for child in children(table, site)):
                continue
            place = place_of(table)
            yield self.finding(rd, place, f"table {table.get('id')!r} has a dupePolicy, but no primary key",
                               attribute="dupePolicy" if place is table.element else "", subject=table.get("id") or "",
                               hint="add primary='...' with the columns that tell rows apart, or remove dupePolicy")
