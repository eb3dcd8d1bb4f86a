"""DA134: groups of columns and params that do not exist."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.columns import columns_of
from dachsadmin.rd.document import Document
from dachsadmin.rd.expansion import Node, all_nodes, children
from dachsadmin.rd.language import suggest
from dachsadmin.rd.references import place_of
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class UnknownGroupMember(Rule):
    """What a group in a table refers to must be in that table.

    `columnRef` takes columns, `paramRef` params. DaCHS refuses the RD otherwise, without telling the name.

    Bad:
        <table id="t"><column name="ra"/><group><columnRef key="dec"/></group></table>
    Good:
        <table id="t"><column name="ra"/><group><columnRef key="ra"/></group></table>
    See: https://docs.g-vo.org/DaCHS/ref.html#element-group
    """

    code, name, severity, since = "DA134", "unknown-group-member", Severity.ERROR, "0.1"
    profile = "min"
    only_with = ("columnRef", "paramRef")

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for table in all_nodes(rd, site, "table", "outputTable"):
            groups = [child for child in children(table, site) if child.tag == "group"]
            while groups:
                group = groups.pop()
                for child in children(group, site):
                    if child.tag == "group":
                        groups.append(child)
                    elif child.tag in ("columnRef", "paramRef"):
                        yield from self._member(rd, table, child, site)

    def _member(self, rd: Document, table: Node, member: Node, site: Site) -> Iterator[Finding]:
        name = member.get("key") or member.get("dest") or ""
        known = columns_of(table, site)
        names = known.columns if member.tag == "columnRef" else known.params
        if not name or "\\" in name or not known.complete or name in names or f"quoted/{name}" in names:
            return
        what = "column" if member.tag == "columnRef" else "param"
        near = suggest(name, names)
        yield self.finding(rd, place_of(member), f"table {table.get('id')} has no {what} {name!r} for its group",
                           value=name, subject=f"{table.get('id') or ''}.{name}",
                           hint=f"write {near!r}" if near else "")
