"""DA501: what protocols demand of registry records."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.metas import lookup
from dachsadmin.rd.publication import VO, Publication, Resource, resources
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

# Without these, DaCHS makes no registry record at all (2.3 to 2.13, measured).
DEMANDED = {"scs.xml": ("testQuery.ra", "testQuery.dec"), "siap.xml": ("sia.type",), "siap2.xml": ("sia.type",),
            "ssap.xml": ("ssap.dataSource", "ssap.testQuery"), "slap.xml": ("slap.dataSource", "slap.testQuery")}
# What comes in pairs: with one of them alone, the record is invalid.
PAIRS = {render: (("testQuery.pos.ra", "testQuery.pos.dec"), ("testQuery.size.ra", "testQuery.size.dec"),
                  ("sia.maxQueryRegionSize.long", "sia.maxQueryRegionSize.lat"),
                  ("sia.maxImageExtent.long", "sia.maxImageExtent.lat")) for render in ("siap.xml", "siap2.xml")}


class CapabilityMetadataMissing(Rule):
    """A service of a VO protocol in the registry needs the metadata of that protocol.

    A cone search must give a test position (testQuery.ra and testQuery.dec), an image service its sia.type, a
    spectral service ssap.dataSource and ssap.testQuery, a line service slap.dataSource and slap.testQuery. Without
    them DaCHS cannot make the registry record, and publishing fails.

    Bad:
        <resource schema="res"><service id="cone" allowed="scs.xml"><nullCore/>
          <publish render="scs.xml" sets="ivo_managed"/></service></resource>
    Good:
        <resource schema="res"><service id="cone" allowed="scs.xml"><nullCore/>
          <meta name="testQuery.ra">10</meta><meta name="testQuery.dec">-5</meta>
          <publish render="scs.xml" sets="ivo_managed"/></service></resource>
    See: SimpleDALRegExt 1.1
    """

    code, name, severity, since = "DA501", "capability-metadata-missing", Severity.ERROR, "0.1"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        known = resources(rd, site)
        for resource in known:
            if resource.kind != "service":
                continue
            for publication in resource.publications:
                demanded = DEMANDED.get(publication.render)
                carrier = _carrier(publication, resource, known)
                if demanded is None or carrier is None or not publication.sets or VO not in publication.sets:
                    continue
                metas = lookup(carrier.chain, rd, site)
                missing = [key for key in demanded if metas.lacks(key)]
                for pair in PAIRS.get(publication.render, ()):
                    lacking = [key for key in pair if metas.lacks(key)]
                    missing += lacking if len(lacking) == 1 else []
                if missing:
                    yield self.finding(
                        rd, publication.node.site, f"{carrier.shown} is published as {publication.render} without "
                        f"{' and '.join(missing)}", subject=resource.id,
                        hint=" ".join(f"add <meta name=\"{key}\">" for key in missing))


def _carrier(publication: Publication, resource: Resource, known: list[Resource]) -> Resource | None:
    """The service whose metadata count: for cone searches the one that the publication refers to."""
    other = publication.node.get("service")
    if other is None or publication.render != "scs.xml":
        return resource
    return next((candidate for candidate in known if candidate.kind == "service" and candidate.id == other), None)
