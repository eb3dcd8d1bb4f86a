"""Check DV201: not-listed."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.vosi.status.check import Check, Holding


class NotListed(Check):
    """TAP_SCHEMA has every table that an RD opens for ADQL.

    Clients do not find a table that is missing there, and the VOSI tables lack it, too. An RD whose table got
    `adql="True"` after its import wants `dachs imp -m`.

    See: TAP 1.1, section 4 (https://www.ivoa.net/documents/TAP/)
    """

    code, name, severity, since = "DV201", "not-listed", Severity.ERROR, "0.3"
    mends = "imp -m"

    def check(self, held: Holding) -> Iterator[Finding]:
        for table in held.tables:
            if table.published and table.key not in held.listed:
                other = held.stored.listed_by.get(table.key)
                where = f", but as one of {other}" if other else ""
                yield self.finding(held, f"TAP_SCHEMA does not have the table {table.key} of this RD{where}",
                                   table=table.key, hint=held.remake)
