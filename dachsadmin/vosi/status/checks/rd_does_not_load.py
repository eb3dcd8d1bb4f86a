"""Check DV101: rd-does-not-load."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.vosi.status.check import Check, Holding, listed


class RdDoesNotLoad(Check):
    """An RD whose tables are published can be loaded.

    The server leaves the tables of an RD that does not load out of its VOSI tables, or goes on with the RD as it was
    when it last loaded, until it is restarted; TAP_SCHEMA still has them. `dachsadmin val` tells what is wrong, with
    lines. Where the RD was removed for good, `dachs drop -f RD` takes its tables away, too.

    See: DaCHS operator's guide, dachs drop
    """

    code, name, severity, since = "DV101", "rd-does-not-load", Severity.ERROR, "0.3"
    verdict = "broken"

    def check(self, held: Holding) -> Iterator[Finding]:
        if held.declared is None and not held.passing:
            tables = sorted(held.names)
            about = f"; it publishes {listed(tables)}" if tables else ""
            gone = "could not be located" in held.fault
            hint = (f"restore its file, or run 'dachs drop -f {held.shown}' if it is to go" if gone else
                    f"run 'dachsadmin val {held.shown}'")
            yield self.finding(held, f"the RD does not load: {held.fault}{about}", hint=hint)
