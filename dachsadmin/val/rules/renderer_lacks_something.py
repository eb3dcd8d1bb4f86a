"""DA313: renderers without what they work with."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.references import place_of
from dachsadmin.rd.services import Service, services
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class RendererLacksSomething(Rule):
    """Some renderers need more than a core.

    `fixed` and `volatile` need a template of that name, `static` a property staticData or indexFile, `custom` a
    customPage, `qp` the property queryField. Without it, whoever comes gets an error; `dachs val` does not look.

    Bad:
        <service id="about" allowed="fixed"><nullCore/></service>
    Good:
        <service id="about" allowed="fixed"><nullCore/><template key="fixed">res/about.html</template></service>
    See: https://docs.g-vo.org/DaCHS/ref.html#renderers-available
    """

    code, name, severity, since, profile = "DA313", "renderer-lacks-something", Severity.ERROR, "0.1", "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for service in services(rd, site):
            if not service.complete:
                continue
            for name in service.allowed:
                lacking = _lacking(service, name)
                if lacking:
                    place = place_of(service.node)
                    idle = name == "static" and len(service.allowed) > 1  # then nobody is sent there
                    yield self.finding(rd, place, f"the renderer {name} needs {lacking}", value=name,
                                       attribute="allowed" if place is service.node.element else "",
                                       subject=service.name, severity=Severity.WARNING if idle else None)


def _lacking(service: Service, renderer: str) -> str:
    if renderer in ("fixed", "volatile") and renderer not in service.templates:
        return f"a template with the key {renderer}"
    if renderer == "static" and not {"staticData", "indexFile"} & service.properties.keys():
        return "the property staticData or indexFile"
    if renderer == "custom" and not service.node.get("customPage"):
        return "a customPage"
    if renderer == "qp" and "queryField" not in service.properties:
        return "the property queryField"
    return ""
