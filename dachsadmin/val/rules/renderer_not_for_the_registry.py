"""DA505: publications that the registry has no words for."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.publication import VO, resources
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

# The renderers for which DaCHS can make a capability, with the version since which it can. (2.3 to 2.13, measured)
_CAPABILITIES = {**dict.fromkeys((
    "api", "scs.xml", "siap.xml", "siap2.xml", "ssap.xml", "slap.xml", "pubreg.xml", "availability", "capabilities",
    "tableMetadata", "examples", "soap", "form", "qp", "external", "static", "volatile", "custom", "img.jpeg", "fixed",
    "docform", "get", "dlmeta", "dlget", "dlasync", "edition", "tap", "dali"), (0, 0)),
    "hips": (2, 11), "biblinks.json": (2, 11), "voevent": (2, 13)}


class RendererNotForTheRegistry(Rule):
    """Only some renderers can be published in the VO registry.

    A registry record describes each of them by a capability, and DaCHS has none for renderers such as uws.xml, upload
    or info: it cannot make the record, and publishing fails. Such services can be published locally.

    Bad:
        <resource schema="res"><service id="s" allowed="uws.xml"><nullCore/>
          <publish render="uws.xml" sets="ivo_managed"/></service></resource>
    Good:
        <resource schema="res"><service id="s" allowed="uws.xml"><nullCore/>
          <publish render="uws.xml" sets="local"/></service></resource>
    See: VOResource 1.1, section 3.2
    """

    code, name, severity, since = "DA505", "renderer-not-for-the-registry", Severity.ERROR, "0.1"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for resource in resources(rd, site):
            if resource.kind != "service":
                continue
            for publication in resource.publications:
                render = publication.render
                if not publication.sets or VO not in publication.sets or "\\" in render \
                        or render not in site.language.renderers:
                    continue
                if site.language.numbers < _CAPABILITIES.get(render, (99, 0)):
                    yield self.finding(rd, publication.node.site, f"DaCHS cannot describe the renderer {render!r} of "
                                       f"{resource.shown} to the VO registry", value=render, subject=resource.id,
                                       hint="publish it in the set local")
