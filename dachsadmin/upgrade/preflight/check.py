"""The base of the checks before an upgrade."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.check import rule
from dachsadmin.errors import AdminError
from dachsadmin.model.finding import Finding, Location, Severity
from dachsadmin.upgrade.preflight.installation import Installation


class Check(rule.Rule):
    """One thing that an upgrade needs, or stumbles over.

    `code` is DU and three digits, never used again; the first digit is 1 for apt and dpkg, 2 for the version that is to
    come, 3 for the database, 4 for files of DaCHS that the operator has replaced, 5 for the machine. A check may raise
    AdminError where it cannot be made: that is told as not tested. The class docstring is its page: a sentence, why and what
    to do, and `See:`.
    """

    def check(self, here: Installation) -> Iterator[Finding]:
        """Yield what is wrong."""
        raise NotImplementedError

    def finding(self, message: str, *, hint: str, subject: str = "", file: str = "", line: int = 0, rd: str = "",
                value: str = "", severity: Severity | None = None, tested: bool = True) -> Finding:
        """A finding about the installation; `hint` is what mends it."""
        return Finding(code=self.code, name=self.name, severity=self.severity if severity is None else severity, rd=rd,
                       location=Location(file, line), message=message, subject=subject, value=value, hint=hint, engine="upgrade",
                       confidence=self.confidence, tested=tested)

    def untested(self, message: str, *, hint: str = "", subject: str = "") -> Finding:
        """What could not be tested, and why: neither a pass nor a failure."""
        return self.finding(message, hint=hint, subject=subject, severity=Severity.INFO, tested=False)


def way_out(error: AdminError) -> str:
    """The hint of an error, without what only val can do."""
    return error.hint.partition(", or validate")[0]
