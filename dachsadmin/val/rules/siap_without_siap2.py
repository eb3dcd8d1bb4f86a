"""DA623: image services of the first generation only."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.publication import VO, resources
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class SiapWithoutSiap2(Rule):
    """Images that are published by SIAP 1 should be published by SIAP 2, too.

    DaCHS recommends a SIAP 2 service for each collection since 2.8. Clients can then also search by time, wavelength
    and polarisation; the table can be the same if it mixes in //siap2#pgs.

    Bad:
        <resource schema="res"><service id="i" allowed="siap.xml"><nullCore/>
          <publish render="siap.xml" sets="ivo_managed"/></service></resource>
    Good:
        <resource schema="res"><service id="i" allowed="siap2.xml"><nullCore/>
          <publish render="siap2.xml" sets="ivo_managed"/></service></resource>
    See: DaCHS 2.8 release notes
    """

    code, name, severity, since = "DA623", "siap-without-siap2", Severity.INFO, "0.1"
    profile = "strict"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        if site.language.numbers < (2, 8) or b"siap.xml" not in rd.raw or b"siap2.xml" in rd.raw:
            return
        for resource in resources(rd, site):
            if any(publication.render == "siap.xml" and publication.sets and VO in publication.sets
                   for publication in resource.publications):
                yield self.finding(rd, resource.node.site, f"{resource.shown} is published by SIAP 1 only",
                                   subject=resource.id, hint="add a service with the renderer siap2.xml")
