"""DA600: resources that do not say where and when their data are."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.macros import is_true
from dachsadmin.rd.metas import written
from dachsadmin.rd.publication import resources
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_SPACE_TIME = ("coverage.spatial", "coverage.temporal", "coverage.spectral", "coverage.profile")


class NoCoverage(Rule):
    """A resource with published data should declare its coverage.

    Since DaCHS 1.2, a coverage element with an updater lets `dachs limits` find out which part of the sky, which time
    and which wavelengths the data cover. Clients find services by position with it. Then publish again.

    Bad:
        <resource schema="res"><table id="main" onDisk="True" adql="True"><publish/></table></resource>
    Good:
        <resource schema="res"><table id="main" onDisk="True" adql="True"><publish/></table>
          <coverage><updater sourceTable="main"/></coverage></resource>
    See: DaCHS 1.2 release notes; VODataService 1.2, section 3.2
    """

    code, name, severity, since = "DA600", "no-coverage", Severity.INFO, "0.1"
    profile = "strict"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        if rd.elements("coverage") or any(meta.key in _SPACE_TIME for meta in written(rd)):
            return
        known = resources(rd, site)
        published = next((resource for resource in known if resource.in_vo and resource.kind != "resRec"), None)
        table = next((resource for resource in known if resource.kind == "table"
                      and is_true(resource.node.get("onDisk"))), None)
        if published is not None and table is not None:
            yield self.finding(rd, rd.root, f"{published.shown} is in the VO registry without coverage in space, time "
                               "and spectrum", subject=published.id,
                               hint=f"add <coverage><updater sourceTable=\"{table.id}\"/></coverage>, then run "
                               f"'dachs limits {rd.rd_id}' and 'dachs pub {rd.rd_id}'")
