"""DA602: coverage that nobody keeps up to date."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class CoverageWithoutUpdater(Rule):
    """A coverage element should have an updater.

    With one, `dachs limits` computes the coverage from the data. Until 2.3 that wrote into the RD; since 2.4 it goes
    into the database, and what stands in the RD by hand grows old there.

    Bad:
        <resource schema="res"><coverage><spatial>0/0-11</spatial></coverage></resource>
    Good:
        <resource schema="res"><table id="main" onDisk="True"/>
          <coverage><updater sourceTable="main"/></coverage></resource>
    See: DaCHS 2.4 release notes
    """

    code, name, severity, since = "DA602", "coverage-without-updater", Severity.INFO, "0.1"
    profile = "strict"
    only_with = ("coverage",)

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for coverage in rd.elements("coverage"):
            if not coverage.replayed and coverage.parent is rd.root and coverage.child("updater") is None and not any(
                    child.tag in ("FEED", "LFEED") for child in coverage.children):
                yield self.finding(rd, coverage, "the coverage is written by hand and has no updater",
                                   hint="add <updater sourceTable=\"...\"/>, then run "
                                   f"'dachs limits {rd.rd_id}'")
