"""Check DV301: coverage-missing."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.vosi.status.check import Check, Holding, listed


class CoverageMissing(Check):
    """An RD with a coverage updater has a coverage.

    `dachs imp` and `dachs imp -m` wipe what `dachs limits` found; then registries do not know any more where on the sky, in
    time and in the spectrum the data are. An updater of tables without rows is left alone; where `dachs limits` finds
    nothing to tell, take the updater out of the RD.

    See: VODataService 1.2, section 3.2 (https://www.ivoa.net/documents/VODataService/)
    """

    code, name, severity, since = "DV301", "coverage-missing", Severity.WARNING, "0.3"
    mends = "limits"

    def check(self, held: Holding) -> Iterator[Finding]:
        if held.declared is None or held.rd in held.stored.covered:
            return
        filled = [name for name in held.declared.coverage
                  if name in held.stored.relations and held.stored.relations[name].rows != 0]
        if filled:
            yield self.finding(held, f"there is no coverage, which 'dachs limits' takes from {listed(filled)}",
                               hint=f"run 'dachs limits {held.shown}'")
