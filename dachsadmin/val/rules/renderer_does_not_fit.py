"""DA311: renderers and cores that do not go together."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.references import place_of
from dachsadmin.rd.services import services
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_WANTED = {
    "dlmeta": "datalinkCore", "dlget": "datalinkCore", "dlasync": "datalinkCore", "pubreg.xml": "registryCore",
    "get": "productCore", "upload": "uploadCore", "mupload": "uploadCore",
}
_PROTOCOLS = frozenset({"scs.xml", "siap.xml", "siap2.xml", "ssap.xml", "slap.xml", "api"})
_ANYTHING = frozenset({"", "core", "customCore", "pythonCore"})


class RendererDoesNotFit(Rule):
    """A renderer needs a core that does what it expects.

    dlmeta, dlget and dlasync want a datalinkCore, pubreg.xml a registryCore, get a productCore, upload an uploadCore;
    the VO protocols want a core that gives data, not a nullCore. `dachs val` does not look; every request fails.
    Custom and python cores are believed.

    Bad:
        <table id="t"><column name="a"/></table>
        <service id="dl" allowed="dlmeta"><dbCore queriedTable="t"/></service>
    Good:
        <service id="dl" allowed="dlmeta"><datalinkCore/></service>
    See: https://docs.g-vo.org/DaCHS/ref.html#renderers-available
    """

    code, name, severity, since, profile = "DA311", "renderer-does-not-fit", Severity.ERROR, "0.1", "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for service in services(rd, site):
            if service.core in _ANYTHING:
                continue
            for name in service.allowed:
                wanted = _WANTED.get(name, "")
                if wanted and wanted != service.core or name in _PROTOCOLS and service.core == "nullCore":
                    place = place_of(service.node)
                    expected = f"a {wanted}" if wanted else "a core that gives data"
                    yield self.finding(
                        rd, place, f"the renderer {name} wants {expected}, not a {service.core}",
                        attribute="allowed" if place is service.node.element else "", value=name, subject=service.name)
