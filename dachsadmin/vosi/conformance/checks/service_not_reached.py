"""Check DC100: service-not-reached."""

from __future__ import annotations

from dachsadmin.model.finding import Severity
from dachsadmin.vosi.conformance.check import Check


class ServiceNotReached(Check):
    """The server answers at the address that is given.

    Nothing else can be looked at before it does. A run that gets no answer, or none in time, ends with status 4;
    --timeout gives each answer more time. DaCHS takes seconds for the tables of thousands, and answers nothing else meanwhile.

    See:
        VOSI 1.1 (https://www.ivoa.net/documents/VOSI/)
    """

    code, name, severity, since = "DC100", "service-not-reached", Severity.ERROR, "0.3"
    of_servers = True
