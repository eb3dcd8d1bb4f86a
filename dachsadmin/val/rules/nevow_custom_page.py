"""DA615: pages written for DaCHS 1."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.named_files import absolute
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_NEVOW = re.compile(rb"^[ \t]*(?:import|from)[ \t]+(nevow|gavo\.imp\.(?:nevow|formal))\b", re.MULTILINE)


class NevowCustomPage(Rule):
    """The module of a custom page must not import nevow.

    DaCHS 2 is built on twisted's own templates; nevow does not exist for Python 3. A page for DaCHS 1 must be ported.

    Bad:
        <resource schema="res"><service id="s" customPage="bin/oldpage"><nullCore/></service></resource>
    Good:
        <resource schema="res"><service id="s" customPage="bin/newpage"><nullCore/></service></resource>
    See: DaCHS 2.1 release notes
    """

    code, name, severity, since = "DA615", "nevow-custom-page", Severity.ERROR, "0.1"
    profile = "min"
    only_with = ("customPage",)

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for service in rd.elements("service"):
            page = (service.get("customPage") or "").strip()
            if not page or "\\" in page:
                continue
            path = absolute(page if page.endswith(".py") else page + ".py", site.resdir(rd))
            old = _NEVOW.search(site.read(path) or b"")
            if old:
                yield self.finding(rd, service, f"the custom page {site.shown(path)} imports {old[1].decode()}, which "
                                   "DaCHS 2 does not have", attribute="customPage", value=page,
                                   subject=service.get("id") or "", hint="port it to twisted.web.template")
