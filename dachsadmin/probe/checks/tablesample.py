"""Check DP205: tablesample."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.client.vo import QueryFailed
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.probe.centre import Centre, Service
from dachsadmin.probe.check import Check


class Tablesample(Check):
    """A random part of each table can be had with TABLESAMPLE.

    That is how users try their queries on large tables. PostgreSQL can do it on tables and materialized views only; the
    mixin //ssap#view makes a plain view unless it has materialize="True". ivoa.obscore is a view always and not
    tried. It samples pages, so that a small table may give nothing at all: that is no fault.

    See:
        https://docs.g-vo.org/DaCHS/ref.html
        https://www.postgresql.org/docs/current/sql-select.html
    """

    code, name, severity, since = "DP205", "tablesample", Severity.WARNING, "0.1"
    asks = ("tap",)

    def check(self, centre: Centre, service: Service) -> Iterator[Finding]:
        for table in centre.answering_tables():
            if table.name.lower() == "ivoa.obscore":
                continue
            try:
                centre.query(f"SELECT TOP 5 * FROM {table.name} TABLESAMPLE(10)", f"TABLESAMPLE of {table.name}")
            except QueryFailed as error:
                view = "materialized views" in error.message
                yield self.finding(
                    service, f"{table.name} is a view, of which there is no TABLESAMPLE" if view else error.message,
                    subject=table.name,
                    hint='give its mixin materialize="True" and run \'dachs imp\' on its RD' if view else "")
