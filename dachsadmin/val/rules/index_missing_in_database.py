"""Rule DA402: The indexes that an RD declares are there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dachsadmin.model.database import TableFacts
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.expansion import Node, children
from dachsadmin.val.database_facts import DatabaseRule, has_index, imported_tables, remake_indexes
from dachsadmin.val.site import Site


class IndexMissingInDatabase(DatabaseRule):
    """The indexes that an RD declares are there.

    DaCHS makes indexes at `dachs imp`. One that was declared later, or was dropped by hand for a bulk load, slows
    queries down without anybody being told.

    Bad:
        <table id="data" onDisk="True"><index columns="mag"/><column name="mag"/></table>
    Good:
        <table id="data" onDisk="True"><column name="mag"/></table>
    See: DaCHS reference documentation, Element index; dachs imp -I
    """

    code, name, severity, since = "DA402", "index-missing-in-database", Severity.WARNING, "0.1"

    def ask(self, rd: Document, site: Site) -> Iterator[Finding]:
        for own, facts in imported_tables(rd, site):
            if facts.kind not in ("table", "materialized"):
                continue
            for index in children(own.node, site):
                if index.tag == "index":
                    lacking = _lacking(index, facts)
                    if lacking:
                        columns = ", ".join(lacking)
                        yield self.finding(rd, index.site, f"table {own.full_name} has no index on {columns}",
                                           subject=f"{own.full_name} {columns}", hint=remake_indexes(rd, own, site))


def _lacking(index: Node, facts: TableFacts) -> tuple[str, ...]:
    """The columns of a plain index that the table does not have; of others (expressions, q3c) nothing is said."""
    columns, method = index.get("columns") or "", (index.get("method") or "btree").lower()
    if index.text.strip() or index.get("kind") or "\\" in columns + method:
        return ()
    if (index.get("metaOnly") or "").lower() == "true":
        return ()
    names = tuple(name.strip().lower() for name in columns.split(",") if name.strip())
    if not names or not all(re.fullmatch(r"[a-z_][a-z_0-9]*", name) and facts.column(name) for name in names):
        return ()
    return () if has_index(facts, names, method) else names
