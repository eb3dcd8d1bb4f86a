"""Check DO500: not-registered."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.obscore.check import Check
from dachsadmin.obscore.survey import Survey


class NotRegistered(Check):
    """ivoa.obscore has a registry record of its own, where this DaCHS makes one (2.10 and later).

    Clients that look for ObsCore services in the registry find it by that record.

    See:
        The change log of DaCHS (https://docs.g-vo.org/DaCHS/)
    """

    code, name, severity, since = "DO500", "not-registered", Severity.INFO, "0.3"

    def check(self, survey: Survey) -> Iterator[Finding]:
        if survey.registers and survey.live.kind and not survey.database.scalar(
                "SELECT EXISTS (SELECT FROM dc.resources WHERE sourcerd = '__system__/obscore' AND NOT deleted)"):
            yield self.finding("ivoa.obscore is not registered", hint="run 'dachs pub //obscore'")
