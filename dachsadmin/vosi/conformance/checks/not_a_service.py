"""Check DC101: not-a-service."""

from __future__ import annotations

from dachsadmin.model.finding import Severity
from dachsadmin.vosi.conformance.check import Check


class NotAService(Check):
    """Below the address there are the capabilities of a VO service.

    Each service has a document /capabilities below its address, which tells where the others are. The address of a
    server, of a service or of one of its VOSI documents can be given; at a server, /tap is tried, too. If there is a page
    for browsers instead, the address is that of a web site. Such a run ends with status 3.

    See:
        VOSI 1.1 (https://www.ivoa.net/documents/VOSI/)
    """

    code, name, severity, since = "DC101", "not-a-service", Severity.ERROR, "0.3"
    of_servers = True
