"""Check DP200: tap-sync."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.client.vo import QueryFailed
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.probe.centre import Centre, Service
from dachsadmin.probe.check import Check


class TapSync(Check):
    """A synchronous TAP query gives rows, and a wrong one an error that clients see.

    This is what all use of tables stands on. If it fails, look into logs/dcErrors of DaCHS: often the database does not
    run, or refuses DaCHS's users.

    See:
        TAP 1.1 (https://www.ivoa.net/documents/TAP/)
    """

    code, name, severity, since = "DP200", "tap-sync", Severity.ERROR, "0.1"
    asks = ("tap",)

    def check(self, centre: Centre, service: Service) -> Iterator[Finding]:
        found = centre.simplest_query()
        if found.rows != 2:
            yield self.finding(service, f"a query for two rows of tap_schema.tables gives {found.rows}")
        if not found.status[0]:
            yield self.finding(service, "the answer to a query has no QUERY_STATUS")
        try:
            centre.query("SELECT no_such_column FROM tap_schema.tables", "a wrong query")
        except QueryFailed:
            return
        yield self.finding(service, "a query for a column that is not there gives no error")
