"""The base of the checks that ask a running server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from dachsadmin.check import rule
from dachsadmin.model.finding import Finding, Location, Severity
from dachsadmin.probe.centre import Centre, Service

ORDER = ("server", "tap", "ssa", "sia", "sia2", "scs", "links", "registry", "taplint")
"""In which order services are asked: what stands on others comes after them."""


def can_be_pasted(name: str) -> bool:
    """Whether a name that a server told may stand in a command line that a hint proposes."""
    return re.fullmatch(r"[\w][\w./-]*", name, re.ASCII) is not None


class Check(rule.Rule):
    """One thing that clients do, tried on a server.

    `code` is DP and three digits, never used again; the first digit is 1 for the server as a whole, 2 for TAP, 3 for
    Datalink and SODA, 4 for SSA, SIA and SCS, 5 for the registry, 8 for other validators, 9 for what could not be
    tested. `asks` are the protocols whose services are asked, of ORDER; none for what the run itself finds out. A check
    may raise AdminError where it cannot go on: that is its finding. `severity` is that of its findings unless they say
    otherwise; what DaCHS does and no operator can mend is INFO.
    The class docstring is its page: a sentence, why and what to do, and `See:`.
    """

    asks: ClassVar[tuple[str, ...]] = ()

    def check(self, centre: Centre, service: Service) -> Iterator[Finding]:
        """Yield what is wrong with one service."""
        raise NotImplementedError

    def finding(self, service: Service, message: str, *, url: str = "", severity: Severity | None = None,
                value: str = "", subject: str = "", hint: str = "") -> Finding:
        """A finding about a service, or about something of it that is at another address."""
        return Finding(
            code=self.code, name=self.name, severity=self.severity if severity is None else severity, rd=service.rd,
            location=Location(url or service.url), message=message, value=value, subject=subject or service.label,
            hint=hint, engine="probe", confidence=self.confidence)

    def untested(self, service: Service, message: str, *, hint: str = "") -> Finding:
        """What could not be tested, and why: neither a pass nor a failure."""
        return Finding(code=self.code, name=self.name, severity=Severity.INFO, rd=service.rd,
                       location=Location(service.url), message=message, subject=service.label, hint=hint, engine="probe",
                       tested=False)
