"""DA503: registry records of a site that has no place in the registry."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.publication import resources
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

UNREGISTERED = ("x-unregistred", "x-unregistered")


class NoAuthority(Rule):
    """Something is published in the VO, but the site has no authority yet.

    The identifiers of all records begin with [ivoa]authority of gavo.rc. As long as that is x-unregistred, `dachs pub`
    refuses to publish for the VO, and tables with spectra or images cannot be imported. Changing it later means
    importing such tables again. On a machine for tests, this is as it should be.

    Bad:
        <resource schema="res"><service id="s"><nullCore/><publish sets="ivo_managed"/></service></resource>
    Good:
        <resource schema="res"><service id="s"><nullCore/><publish sets="local"/></service></resource>
    See: DaCHS tutorial, section on the registry
    """

    code, name, severity, since = "DA503", "no-authority", Severity.INFO, "0.1"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        configured = site.config.files or ("ivoa", "authority") in site.config.values
        if not configured or site.config.get("ivoa", "authority").lower() not in UNREGISTERED:
            return
        published = next((resource for resource in resources(rd, site) if resource.in_vo), None)
        if published is not None:
            yield self.finding(rd, published.node.site, f"{published.shown} is for the VO registry, but "
                               "[ivoa]authority is not set in gavo.rc", value="authority",
                               hint="claim an authority, and set it")
