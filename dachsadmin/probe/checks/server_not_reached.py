"""Check DP100: server-not-reached."""

from __future__ import annotations

from dachsadmin.model.finding import Severity
from dachsadmin.probe.check import Check


class ServerNotReached(Check):
    """The server answers at its address.

    Nothing else can be tested before it does. If nothing listens there, DaCHS is not running, or [web] bindAddress and
    serverPort in gavo.rc are others; look with `dachs serve start` and in logs/server.stderr. If there is no answer in
    time, a firewall swallows the request, or the server is busy: it is one process, and large VOSI tables keep it from
    all else for many seconds. Such a run ends with status 4.

    See:
        DALI 1.1 (https://www.ivoa.net/documents/DALI/)
    """

    code, name, severity, since = "DP100", "server-not-reached", Severity.ERROR, "0.1"
