"""Check DV901: server-not-asked."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.vosi.status.check import Check, Holding


class ServerNotAsked(Check):
    """The running server is asked what it tells of the tables, if that is wanted.

    It takes the server seconds to answer for thousands of tables, so that it is asked with --served only.

    See: VOSI 1.1 (https://www.ivoa.net/documents/VOSI/)
    """

    code, name, severity, since = "DV901", "server-not-asked", Severity.INFO, "0.3"
    verdict = "current"

    def check(self, held: Holding) -> Iterator[Finding]:
        if held.unserved:
            yield self.untested(held, f"the running server could not be asked: {held.unserved}",
                                hint="run 'dachs serve start', or name another server with --served URL")
