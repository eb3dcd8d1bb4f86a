"""Check DP204: gavo-histogram."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlencode

from dachsadmin.client.vo import NotUnderstood, QueryFailed
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.probe.centre import Centre, Service, Table
from dachsadmin.probe.check import Check, can_be_pasted

_LEAKED = re.compile(rb"<FIELD\b[^>]*\bdatatype=\"int\"[^>]*>(?:(?!</FIELD>).)*<(?:MIN|MAX)\b[^>]*value=\"[^\"]*[.e]",
                     re.DOTALL)


class GavoHistogram(Check):
    """Histograms made by the database (gavo_histogram) can be read by clients.

    DaCHS 2.7 has a fault here: once `dachs limits` has run, the histogram of a column takes over the column's limits,
    and clients refuse an array of integers whose minimum is 8.36. No operator can mend that, hence it is information.
    The workaround is to take the statistics of that column away, and to make DaCHS read the RD anew:

        psql gavo -c "DELETE FROM dc.simple_col_stats WHERE lower(tablename || '.' || column_name) = 'lamost6.data.snr_g'"
        touch inputs/lamost6/q.rd

    The next `dachs limits` brings it back.

    See:
        https://docs.g-vo.org/DaCHS/
    """

    code, name, severity, since = "DP204", "gavo-histogram", Severity.ERROR, "0.1"
    asks = ("tap",)

    def check(self, centre: Centre, service: Service) -> Iterator[Finding]:
        for table in centre.answering_tables():
            column = next((one.name for one in centre.columns(table)
                           if one.datatype in ("real", "float", "double") and not one.arraysize), "")
            if column:
                yield from self._table(centre, service, table, column)

    def _table(self, centre: Centre, service: Service, table: Table, column: str) -> Iterator[Finding]:
        """The histogram of the first rows only: large tables take long."""
        query = (f"SELECT gavo_histogram({column}, 0, 100, 5) AS bins "
                 f"FROM (SELECT TOP 100 {column} FROM {table.name}) AS few")
        try:
            centre.query(query, f"a histogram of {column} of {table.name}")
        except QueryFailed as error:
            yield self.finding(service, error.message, subject=f"{table.name}.{column}",
                               hint="run 'dachs imp //adql'" if "does not exist" in error.message else "")
        except NotUnderstood:
            asked = urlencode({"LANG": "ADQL", "REQUEST": "doQuery", "QUERY": query})
            answer = centre.web.get(f"/tap/sync?{asked}")
            if not _LEAKED.search(answer.body):
                raise
            yield self.finding(
                service, f"clients cannot read a histogram of {column} of {table.name}: DaCHS puts the limits of the "
                "column into it", url=answer.url.partition("?")[0], severity=Severity.INFO, subject=f"{table.name}.{column}",
                hint=_workaround(f"{table.name}.{column}"))


def _workaround(name: str) -> str:
    if not can_be_pasted(name):
        return "delete the row of this column from dc.simple_col_stats, and touch the RD"
    return ("run psql gavo -c \"DELETE FROM dc.simple_col_stats WHERE lower(tablename || '.' || column_name) = "
            f"'{name}'\", and touch the RD")
