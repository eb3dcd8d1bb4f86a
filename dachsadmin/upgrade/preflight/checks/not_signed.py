"""Check DU103: not-signed."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.preflight.check import Check
from dachsadmin.upgrade.preflight.installation import Installation


class NotSigned(Check):
    """apt checks the signatures of archives on other machines.

    With `trusted=yes`, whoever can answer in the archive's place has root on this machine with the next upgrade.

    See:
        sources.list(5), Trusted
    """

    code, name, severity, since = "DU103", "not-signed", Severity.WARNING, "0.4"

    def check(self, here: Installation) -> Iterator[Finding]:
        for source in here.sources:
            if source.trusted and source.host:
                yield self.finding(
                    f"packages from {source.uri} are installed without a look at their signature", file=source.file,
                    line=source.line, subject=source.uri, hint=f"put signed-by=FILE in the place of trusted=yes in {source.file}")
