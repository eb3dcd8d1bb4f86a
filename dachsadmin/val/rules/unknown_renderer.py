"""DA310: renderers that DaCHS does not have."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.expansion import Node
from dachsadmin.rd.language import load, since, suggest
from dachsadmin.rd.references import place_of
from dachsadmin.rd.services import services
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_GONE = frozenset({"soap", "docform", "img.jpeg", "mimg.jpeg"})


class UnknownRenderer(Rule):
    """The renderers of a service must exist.

    DaCHS refuses to publish through an unknown one; one that is allowed only, it grumbles at and leaves out.

    Bad:
        <service id="q" allowed="form,scs"><nullCore/></service>
    Good:
        <service id="q" allowed="form,scs.xml"><nullCore/></service>
    See: https://docs.g-vo.org/DaCHS/ref.html#renderers-available
    """

    code, name, severity, since, profile = "DA310", "unknown-renderer", Severity.ERROR, "0.1", "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for service in services(rd, site):
            for name in (service.node.get("allowed") or "").split(","):
                yield from self._renderer(rd, service.node, "allowed", name.strip(), Severity.WARNING, site)
            yield from self._renderer(rd, service.node, "defaultRenderer", service.node.get("defaultRenderer") or "",
                                      Severity.ERROR, site)
            for publication in service.publications:
                yield from self._renderer(rd, publication, "render", publication.get("render") or "",
                                          Severity.ERROR, site)

    def _renderer(self, rd: Document, node: Node, attribute: str, name: str, severity: Severity,
                  site: Site) -> Iterator[Finding]:
        known = site.language.renderers
        if not name or "\\" in name or name in known or name in _GONE:
            return
        versions = tuple(v for v in site.language.versions() if name in load(v).renderers)
        history = since(versions, site.language.version)
        near = next((other for other in sorted(known) if other.partition(".")[0] == name), "") or suggest(name, known)
        place = place_of(node)
        yield self.finding(
            rd, place, f"DaCHS {site.language.version} has no renderer {name!r}" + (f" ({history})" if history else ""),
            attribute=attribute if place is node.element else "", value=name, severity=severity,
            hint=f"write {near!r}" if near else "")
