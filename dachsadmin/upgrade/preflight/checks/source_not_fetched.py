"""Check DU106: source-not-fetched."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.preflight.check import Check
from dachsadmin.upgrade.preflight.installation import Installation

HINTS = {
    "key": "get the archive's present key, as https://docs.g-vo.org/DaCHS/install.html says for GAVO's; then run "
           "'apt-get update'",
    "clock": "compare 'date' with a clock; if it is right, the archive is not kept up to date: use another mirror",
    "gone": "correct the suite, the address or the components, and run 'apt-get update'",
    "network": "run 'apt-get update' to see all of it, and again when the archive can be reached",
}


class SourceNotFetched(Check):
    """Lists of packages can be fetched from all archives that are configured.

    They are fetched into a directory of our own; apt's own stay as they are. What apt complains of here it complains of
    in `apt-get update`, and upgrades with what it had before. That an archive does not answer may pass: then it is told as
    not tested, and what is said of the next version rests on old lists.

    See:
        apt-get(8), update
    """

    code, name, severity, since = "DU106", "source-not-fetched", Severity.ERROR, "0.4"

    def check(self, here: Installation) -> Iterator[Finding]:
        for complaint in here.lists.complaints:
            if complaint.kind == "network":
                yield self.untested(f"lists of packages may be old: {complaint.text}", hint=HINTS["network"])
            else:
                yield self.finding(f"apt does not take packages from an archive: {complaint.text}", hint=HINTS[complaint.kind])
