"""Check DP101: not-a-dachs-server."""

from __future__ import annotations

from dachsadmin.model.finding import Severity
from dachsadmin.probe.check import Check


class NotADachsServer(Check):
    """What answers is DaCHS.

    Every DaCHS tells its availability at /tap/availability. If something else answers there, the address or the port is
    that of another program, or a web server in front of DaCHS does not pass requests on.

    See:
        https://www.ivoa.net/documents/VOSI/
    """

    code, name, severity, since = "DP101", "not-a-dachs-server", Severity.ERROR, "0.1"
