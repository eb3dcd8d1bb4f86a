"""DA220: what DaCHS demands of everything that is published."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.metas import given, lookup
from dachsadmin.rd.publication import Resource, resources
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

# What DaCHS demands (2.3 to 2.13, measured). A registry record needs more: title, publisher, contact.name (VOResource).
_DEMANDED = {
    "service": ("title", "creationDate", "description", "subject"),
    "data": ("title", "creationDate", "description", "subject"),
    "table": ("creationDate", "description", "subject"),
    "resRec": ("title", "creationDate", "description", "subject", "resType"),
}
_FOR_THE_REGISTRY = ("title", "publisher", "contact.name")


class MissingPublicationMetadata(Rule):
    """What is published, and every table, must have the metadata that DaCHS demands.

    DaCHS refuses to publish a service or data without title, creationDate, description and subject, and a service
    needs a shortName of its own. It demands creationDate, description and subject of every table, published or not.
    A record for the VO registry is only valid with title, publisher and contact.name. All but the shortName may
    stand in the table or service, in the resource around it, or in etc/defaultmeta.txt.

    Bad:
        <resource schema="res">
          <meta name="title">Stars</meta>
          <meta name="description">Some stars</meta>
          <meta name="subject">stars</meta>
          <table id="main" onDisk="True"><column name="id" type="text"/></table>
        </resource>
    Good:
        <resource schema="res">
          <meta name="creationDate">2024-05-01T12:00:00Z</meta>
          <meta name="title">Stars</meta>
          <meta name="description">Some stars</meta>
          <meta name="subject">stars</meta>
          <table id="main" onDisk="True"><column name="id" type="text"/></table>
        </resource>
    See: VOResource 1.1, section 3.1
    """

    code, name, severity, since = "DA220", "missing-publication-metadata", Severity.ERROR, "0.1"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        known = resources(rd, site)
        if not known:
            return
        missing: dict[tuple[str, bool], list[Resource]] = {}
        for resource in known:
            for key, by_registry in _demanded(resource, rd, site):
                missing.setdefault((key, by_registry), []).append(resource)
            if resource.kind == "service" and resource.published:
                own = given(resource.node, rd, site)
                if "shortName" not in own.keys and not own.open:
                    yield self.finding(rd, resource.node.site, f"{resource.shown} is published without a shortName of "
                                       "its own", subject=resource.id, hint="add <meta name=\"shortName\">, at most 16 "
                                       "characters, to the service itself")
        for (key, by_registry), lacking in missing.items():
            why = "of its registry record" if by_registry else ""
            yield self.finding(rd, lacking[0].node.site, _message(key, lacking, why), value=key,
                               subject=lacking[0].id, hint=_hint(key))


def _demanded(resource: Resource, rd: Document, site: Site) -> Iterator[tuple[str, bool]]:
    """The keys that a resource lacks, and whether only the registry demands them."""
    if resource.kind != "table" and not resource.published:
        return
    demanded, known = _DEMANDED[resource.kind], lookup(resource.chain, rd, site)
    for key in demanded:
        if known.lacks(key):
            yield key, False
    if resource.in_vo:
        for key in _FOR_THE_REGISTRY:
            # Without defaultmeta.txt (a plain checkout) nobody knows what stands in it.
            sure = key == "title" or bool(site.default_meta)
            if sure and key not in demanded and known.lacks(key):
                yield key, True


def _message(key: str, lacking: list[Resource], why: str) -> str:
    first = lacking[0].shown
    others = f" and {len(lacking) - 1} more need" if len(lacking) > 1 else " needs"
    return f"there is no {key}, which {first}{others}{' for a registry record' if why else ''}"


def _hint(key: str) -> str:
    if key in ("publisher", "contact.name"):
        return f"add '{key}: ...' to etc/defaultmeta.txt"
    return f"add <meta name=\"{key}\"> to the resource"
