"""DA234: registry records that name no authors."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.metas import lookup
from dachsadmin.rd.publication import resources
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class NoCreator(Rule):
    """What goes to the VO registry should name its creators.

    People search the registry by author, and the creators are whom users cite. The record is valid without.

    Bad:
        <resource schema="res"><service id="s"><nullCore/><publish sets="ivo_managed"/></service></resource>
    Good:
        <resource schema="res"><meta name="creator">Herschel, C.; Herschel, W.</meta>
          <service id="s"><nullCore/><publish sets="ivo_managed"/></service></resource>
    See: VOResource 1.1, section 3.1.2
    """

    code, name, severity, since = "DA234", "no-creator", Severity.WARNING, "0.1"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        lacking = [resource for resource in resources(rd, site) if resource.in_vo and resource.kind != "resRec"
                   and lookup(resource.chain, rd, site).lacks("creator")]
        if lacking:
            others = f" and {len(lacking) - 1} more have" if len(lacking) > 1 else " has"
            yield self.finding(rd, lacking[0].node.site, f"{lacking[0].shown}{others} no creator for the VO registry",
                               subject=lacking[0].id, hint="add <meta name=\"creator\">Last, F.; Next, A.</meta>")
