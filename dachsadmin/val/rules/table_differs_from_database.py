"""Rule DA400: An imported table has the columns that its RD says."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.database import TableFacts
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.model.sqltypes import same_type
from dachsadmin.rd.document import Document
from dachsadmin.rd.sql import OwnTable
from dachsadmin.val.database_facts import DatabaseRule, imported_tables
from dachsadmin.val.site import Site


class TableDiffersFromDatabase(DatabaseRule):
    """An imported table has the columns that its RD says.

    VOSI and TAP_SCHEMA tell what the RD says, and queries run on what the database has: a column that is only in the RD
    fails in every query that believes the metadata. `dachs val` looks at this with -c only.

    Bad:
        <table id="data" onDisk="True"><column name="ra"/><column name="pm_ra"/></table>
    Good:
        <table id="data" onDisk="True"><column name="ra"/></table>
    See: DaCHS operator's guide, dachs val -c; dachs imp
    """

    code, name, severity, since = "DA400", "table-differs-from-database", Severity.WARNING, "0.1"

    def ask(self, rd: Document, site: Site) -> Iterator[Finding]:
        for own, facts in imported_tables(rd, site):
            difference = _difference(own, facts)
            if difference:
                yield self.finding(rd, own.node.site, f"table {own.full_name} in the database {difference}",
                                   subject=own.full_name, hint=f"run 'dachs imp {rd.rd_id}'")


def _difference(own: OwnTable, facts: TableFacts) -> str:
    """How the database differs from the RD, `` if it does not as far as the RD can tell."""
    there = {column.name: column.type for column in facts.columns}
    lacking = [name for name, _ in own.columns if name not in there]
    if lacking:
        return f"lacks {_listed(lacking)}"
    if own.complete:
        extra = [name for name in there if name not in dict(own.columns)]
        if extra:
            return f"has {_listed(extra)}, which the RD does not"
        if _in_written_order(own) and [name for name, _ in own.columns] != list(there):
            return "has its columns in another order"
    for name, kind in own.columns:
        if not same_type(kind, there[name]):
            return f"has {name} as {there[name]}, not {kind}"
    return ""


def _in_written_order(own: OwnTable) -> bool:
    """Whether all columns stand in the table itself: where mixins put theirs is not known."""
    return all(child.tag not in ("mixin", "FEED", "LFEED", "LOOP") for child in own.node.element.children) and not {
        "mixin", "original"} & set(own.node.element.attrib)


def _listed(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
