"""Rule DA403: Large tables keep enough statistics about skewed columns."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.database import TableColumn, TableFacts
from dachsadmin.model.finding import Confidence, Finding, Severity
from dachsadmin.rd.columns import columns_of
from dachsadmin.rd.document import Document
from dachsadmin.rd.expansion import Node, children
from dachsadmin.val.database_facts import DatabaseRule, imported_tables
from dachsadmin.val.site import Site

BIG = 1_000_000
"""Rows from which a bad plan is felt."""
_SKEWED = 10
"""How many times more frequent than the rest the values are that PostgreSQL keeps."""
_DEFAULT_TARGET = 100


class SkewedColumnWithoutStatisticsTarget(DatabaseRule):
    """Large tables keep enough statistics about skewed columns.

    By default PostgreSQL remembers the 100 most common values of a column. Where an indexed column of a big table has
    many more frequent ones, the planner mistakes rare values for common ones and the other way round, and queries
    time out. The property tells DaCHS (1.2 on) how many to keep; `dachs imp -m` and ANALYZE make it effective.

    Bad:
        <table id="data" onDisk="True"><column name="field" type="text"/></table>
    Good:
        <table id="data" onDisk="True"><column name="field" type="text">
          <property name="statisticsTarget">1000</property></column></table>
    See: https://www.postgresql.org/docs/current/planner-stats.html
    """

    code, name, severity, since = "DA403", "skewed-column-without-statistics-target", Severity.INFO, "0.1"
    profile, confidence = "strict", Confidence.MEDIUM

    def ask(self, rd: Document, site: Site) -> Iterator[Finding]:
        for own, facts in imported_tables(rd, site):
            if facts.kind != "table" or facts.rows < BIG:
                continue
            columns = columns_of(own.node, site).columns
            written = {name.lower(): node for name, node in columns.items() if node is not None}
            for column in facts.columns:
                node = written.get(column.name)
                if node is not None and _is_skewed(column, facts) and not _has_target(node, site):
                    yield self.finding(
                        rd, node.site, f"the {column.commons} values of {own.full_name}.{column.name} that PostgreSQL "
                        f"remembers are {column.common or 0:.0%} of {facts.rows:.3g} rows, and there are many more",
                        subject=f"{own.full_name}.{column.name}",
                        hint='give it <property name="statisticsTarget">1000</property>, then run '
                        f"'dachs imp -m {rd.rd_id}' and ANALYZE {own.full_name}")


def _is_skewed(column: TableColumn, facts: TableFacts) -> bool:
    """Whether the list of common values is full, indexed, and stands out against many others."""
    if column.target >= 0 or column.common is None or column.distinct is None or column.commons < _DEFAULT_TARGET:
        return False
    if not any(index.columns[0].strip('"') == column.name for index in facts.indexes if index.columns):
        return False
    distinct = column.distinct if column.distinct >= 0 else -column.distinct * facts.rows
    others = distinct - column.commons
    rest = 1 - (column.nulls or 0) - column.common
    if others <= column.commons or rest <= 0.01:
        return False
    return column.common / column.commons > _SKEWED * rest / others


def _has_target(column: Node, site: Site) -> bool:
    return any(child.tag == "property" and (child.get("name") or child.get("key") or "").strip() == "statisticsTarget"
               for child in children(column, site))
