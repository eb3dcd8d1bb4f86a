"""DA601: coverage in the form of before DaCHS 1.2."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.metas import written
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class CoverageAsStcProfile(Rule):
    """A coverage.profile in STC-S should become a coverage element.

    VODataService 1.2 dropped STC profiles; registries and clients look at MOCs and intervals, which `dachs limits`
    computes for a coverage element with an updater.

    Bad:
        <resource schema="res"><meta name="coverage.profile">AllSky ICRS</meta></resource>
    Good:
        <resource schema="res"><table id="main" onDisk="True"/>
          <coverage><updater sourceTable="main"/></coverage></resource>
    See: DaCHS 1.2 release notes; VODataService 1.2, section 3.2
    """

    code, name, severity, since = "DA601", "coverage-as-stc-profile", Severity.INFO, "0.1"
    profile = "strict"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for meta in written(rd):
            if meta.key == "coverage.profile":
                yield self.finding(rd, meta.location(rd), "coverage.profile is STC-S, which nobody reads any more",
                                   hint="replace it by <coverage><updater sourceTable=\"...\"/></coverage>, then run "
                                   f"'dachs limits {rd.rd_id}'")
