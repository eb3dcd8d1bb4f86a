"""Comparison DD303: address-changed."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.comparison import Comparison, Pair


class AddressChanged(Comparison):
    """The server announces the address that it announced.

    All its services stand below that address, in bookmarks, scripts and registries; those of services are compared without
    it. It is [web] serverURL of gavo.rc. Where it has to change, let the old address lead to the new one for some years.

    See:
        VOSI 1.1 (https://www.ivoa.net/documents/VOSI/)
    """

    code, name, severity, since = "DD303", "address-changed", Severity.WARNING, "0.3"

    def compare(self, pair: Pair) -> Iterator[Finding]:
        was, now = pair.before.address, pair.after.address
        if was and now and was != now:
            yield self.finding("server", f"the server announced {was}, and announces {now}")
