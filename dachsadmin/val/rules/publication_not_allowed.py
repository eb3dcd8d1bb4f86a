"""DA312: publications through renderers that the service does not allow."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.expansion import Node
from dachsadmin.rd.references import place_of
from dachsadmin.rd.services import ANYBODY, Service, services
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class PublicationNotAllowed(Rule):
    """What is published must be allowed.

    The renderers of `publish` and defaultRenderer must be among those in `allowed` (form, if there is no `allowed`):
    else the address that the registry or the front page gives is answered with "not allowed on this service".

    Bad:
        <table id="t"><column name="a"/></table>
        <service id="q" allowed="form"><dbCore queriedTable="t"/><publish render="api" sets="local"/></service>
    Good:
        <table id="t"><column name="a"/></table>
        <service id="q" allowed="form,api"><dbCore queriedTable="t"/><publish render="api" sets="local"/></service>
    See: https://docs.g-vo.org/DaCHS/ref.html#element-publish
    """

    code, name, severity, since, profile = "DA312", "publication-not-allowed", Severity.ERROR, "0.1", "publish"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        here = {service.name: service for service in services(rd, site) if service.name}
        for service in services(rd, site):
            default = service.node.get("defaultRenderer") or ""
            if default:
                yield from self._renderer(rd, service.node, "defaultRenderer", default, service, site)
            for publication in service.publications:
                other = publication.get("service")
                answering = service if other is None else here.get(other)
                if answering is not None:
                    yield from self._renderer(rd, publication, "render", publication.get("render") or "form", answering,
                                              site)

    def _renderer(self, rd: Document, node: Node, attribute: str, name: str, service: Service,
                  site: Site) -> Iterator[Finding]:
        if not service.complete or "\\" in name or name in ANYBODY or name not in site.language.renderers:
            return
        if name not in service.allowed:
            place = place_of(node)
            written = attribute if place is node.element else ""
            yield self.finding(rd, place, f"service {service.name or '(without id)'} does not allow {name}",
                               attribute=written, value=name, subject=service.name,
                               hint=f'write allowed="{",".join((*service.allowed, name))}"')
