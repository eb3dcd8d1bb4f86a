"""Check DP103: address-announced."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.probe.centre import Centre, Service
from dachsadmin.probe.check import Check

_HERE = ("localhost", "127.0.0.1", "::1")


class AddressAnnounced(Check):
    """The addresses in answers and registry records are those at which the server can be asked.

    DaCHS makes them of [web] serverURL in gavo.rc. If it is `http://localhost:8080` on a server that others ask, all
    their links lead to their own machines. Asking a server at another address than the announced one is fine (behind
    a reverse proxy, for instance), and told as information: everything that it announces is then asked for here.

    See:
        https://docs.g-vo.org/DaCHS/ref.html
    """

    code, name, severity, since = "DP103", "address-announced", Severity.ERROR, "0.1"
    asks = ("server",)

    def check(self, centre: Centre, service: Service) -> Iterator[Finding]:
        asked, announced = centre.web.root, centre.web.announced
        if asked == announced:
            return
        local = urlsplit(announced).hostname in _HERE
        outside = urlsplit(asked).hostname not in _HERE
        yield self.finding(
            service, f"the links of the server lead to {announced}, not to where it was asked", url=asked,
            severity=Severity.ERROR if local and outside else Severity.INFO,
            hint=f"set [web] serverURL to {asked} in gavo.rc, and restart the server" if local and outside else "")
