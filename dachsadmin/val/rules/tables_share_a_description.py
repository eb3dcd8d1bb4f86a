"""DA211: tables that nobody can tell apart."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.metas import given
from dachsadmin.rd.publication import Resource, resources
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class TablesShareADescription(Rule):
    """Tables in TAP should have descriptions of their own.

    A table without one shows that of the whole resource. Where several tables do, users cannot tell what they are
    for.

    Bad:
        <resource schema="res"><meta name="description">A survey</meta>
          <table id="stars" onDisk="True" adql="True"/>
          <table id="galaxies" onDisk="True" adql="True"/></resource>
    Good:
        <resource schema="res"><meta name="description">A survey</meta>
          <table id="stars" onDisk="True" adql="True"><meta name="description">Its stars</meta></table>
          <table id="galaxies" onDisk="True" adql="True"><meta name="description">Its galaxies</meta></table></resource>
    See: TAP 1.1, section 4.2
    """

    code, name, severity, since = "DA211", "tables-share-a-description", Severity.INFO, "0.1"
    profile = "strict"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        if len(rd.elements("table")) < 2 and not rd.elements("FEED", "LOOP"):
            return
        tables = [resource for resource in resources(rd, site) if resource.kind == "table" and _in_tap(resource)]
        if len(tables) < 2:
            return
        bare = [table for table in tables
                if "description" not in given(table.node, rd, site).keys and not given(table.node, rd, site).open]
        if len(bare) > 1:
            names = ", ".join(table.id for table in bare[:5]) + (", ..." if len(bare) > 5 else "")
            yield self.finding(rd, bare[1].node.site, f"{len(bare)} tables in TAP have no description of their own: "
                               f"{names}", subject=bare[1].id)


def _in_tap(resource: Resource) -> bool:
    return (resource.node.get("adql") or "").strip().lower() in ("true", "yes", "t", "y", "on", "1")
