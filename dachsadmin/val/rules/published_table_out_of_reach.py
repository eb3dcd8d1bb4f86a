"""DA513: tables in the registry that nobody can query."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.publication import resources
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class PublishedTableOutOfReach(Rule):
    """A table in the VO registry should be in TAP, or name the service that gives access to it.

    Otherwise its record tells of data that no client can get at.

    Bad:
        <resource schema="res"><table id="main" onDisk="True"><publish/></table></resource>
    Good:
        <resource schema="res"><table id="main" onDisk="True" adql="True"><publish/></table></resource>
    See: DaCHS reference documentation, element publish (data)
    """

    code, name, severity, since = "DA513", "published-table-out-of-reach", Severity.WARNING, "0.1"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for resource in resources(rd, site):
            if resource.kind != "table" or not resource.in_vo or resource.node.get("original") is not None:
                continue
            adql = (resource.node.get("adql") or "").strip().lower()
            if adql or any(publication.node.get("services") for publication in resource.publications):
                continue
            if any(child.tag in ("mixin", "FEED", "LOOP", "LFEED") for child in resource.node.element.children) \
                    or "mixin" in resource.node.element.attrib:
                continue  # Many mixins put a table into TAP.
            yield self.finding(rd, resource.node.site, f"{resource.shown} is published in the VO, but neither in TAP "
                               "nor in a service", subject=resource.id,
                               hint="add adql=\"True\" to the table, or services=\"...\" to its publish element")
