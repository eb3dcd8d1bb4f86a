"""Check DU300: database-unreachable."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.system.postgres import DatabaseUnreachable
from dachsadmin.upgrade.preflight.check import Check, way_out
from dachsadmin.upgrade.preflight.installation import Installation


class DatabaseDoesNotAnswer(Check):
    """The database answers.

    The package upgrades it as it is installed, and is left half-configured where no server answers.

    See:
        https://docs.g-vo.org/DaCHS/commonproblems.html
    """

    code, name, severity, since = "DU300", "database-unreachable", Severity.ERROR, "0.4"

    def check(self, here: Installation) -> Iterator[Finding]:
        try:
            here.server  # noqa: B018 - so that a dead server shows now
        except DatabaseUnreachable as error:
            yield self.finding(error.message, hint=way_out(error))
