"""Check DV202: listed-in-vain."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.vosi.status.check import Check, Holding


class ListedInVain(Check):
    """TAP_SCHEMA has no table that the RD does not have, or does not open for ADQL any more.

    The server cannot tell anything of such a table, and may refuse queries on it.

    See: TAP 1.1, section 4 (https://www.ivoa.net/documents/TAP/)
    """

    code, name, severity, since = "DV202", "listed-in-vain", Severity.ERROR, "0.3"
    mends = "imp -m"

    def check(self, held: Holding) -> Iterator[Finding]:
        if held.declared is not None:
            for name in sorted(held.listed - {table.key for table in held.tables if table.published}):
                yield self.finding(held, f"TAP_SCHEMA has the table {name}, which the RD does not publish", table=name,
                                   hint=held.remake)
