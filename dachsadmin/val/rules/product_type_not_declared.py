"""DA510: services that do not say what they serve."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.metas import lookup
from dachsadmin.rd.publication import VO, resources
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_RENDERERS = frozenset({"ssap.xml", "siap.xml", "siap2.xml"})


class ProductTypeNotDeclared(Rule):
    """A service for images or spectra should declare its product types.

    Since DaCHS 2.13, productTypeServed goes into the registry record, so that clients find services for spectra, time
    series or images without asking all of them. The record is valid without.

    Bad:
        <resource schema="res"><service id="s" allowed="ssap.xml"><nullCore/>
          <publish render="ssap.xml" sets="ivo_managed"/></service></resource>
    Good:
        <resource schema="res"><service id="s" allowed="ssap.xml"><nullCore/>
          <meta name="productTypeServed">spectrum</meta>
          <publish render="ssap.xml" sets="ivo_managed"/></service></resource>
    See: VODataService 1.3; http://www.ivoa.net/rdf/product-type
    """

    code, name, severity, since = "DA510", "product-type-not-declared", Severity.INFO, "0.1"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        if site.language.numbers < (2, 13):
            return
        for resource in resources(rd, site):
            render = next((publication.render for publication in resource.publications
                           if publication.render in _RENDERERS and publication.sets and VO in publication.sets), None)
            if render is None or resource.kind != "service":
                continue
            if lookup(resource.chain, rd, site).lacks("productTypeServed"):
                likely = "spectrum" if render == "ssap.xml" else "image"
                yield self.finding(rd, resource.node.site, f"{resource.shown} does not declare the product types "
                                   "that it serves", subject=resource.id,
                                   hint=f"add <meta name=\"productTypeServed\">{likely}</meta>, or what it is")
