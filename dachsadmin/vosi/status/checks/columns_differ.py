"""Check DV103: columns-differ."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.model.published import DeclaredTable, Relation
from dachsadmin.model.sqltypes import same_type
from dachsadmin.vosi.status.check import Check, Holding, listed


class ColumnsDiffer(Check):
    """The database has the columns that the RD says.

    VOSI tells what the RD says, and after `dachs imp -m` TAP_SCHEMA does so, too; queries for a column that only the RD
    has fail. The types of views are PostgreSQL's business, and are not compared.

    See: DaCHS operator's guide, dachs val -c
    """

    code, name, severity, since = "DV103", "columns-differ", Severity.ERROR, "0.3"
    verdict = "broken"

    def check(self, held: Holding) -> Iterator[Finding]:
        for table in held.tables:
            relation = held.stored.relations.get(table.key)
            difference = relation and table.published and _difference(table, relation)
            if difference:
                yield self.finding(held, f"the table {table.key} in the database {difference}", table=table.key,
                                   hint=f"run 'dachs imp {held.shown}', or mend the RD")


def _difference(table: DeclaredTable, relation: Relation) -> str:
    there = dict(relation.columns)
    lacking = [name for name, _ in table.columns if name not in there]
    if lacking:
        return f"lacks {listed(lacking)}"
    if relation.kind in ("view", "materialized"):
        return ""
    wrong = [f"{name} as {there[name]}, not {kind}" for name, kind in table.columns if not same_type(kind, there[name])]
    return f"has {listed(wrong)}" if wrong else ""
