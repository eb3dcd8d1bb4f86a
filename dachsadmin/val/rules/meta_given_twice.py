"""DA223: metadata of which there can be only one."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.expansion import Node
from dachsadmin.rd.metas import Given, given
from dachsadmin.rd.publication import Resource, resources
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_SINGLE = {"service": ("title", "creationDate", "description", "shortName"),
           "data": ("title", "creationDate", "description"), "table": ("creationDate", "description")}


class MetaGivenTwice(Rule):
    """Title, description, creationDate and shortName may be given once only.

    DaCHS's validation fails for every table and every published service or data that has or inherits two of them.
    Say more in one text, or put it into `_longdoc`.

    Bad:
        <resource schema="res">
          <meta name="description">Some stars</meta>
          <meta name="description">More about them</meta>
          <table id="main"/></resource>
    Good:
        <resource schema="res">
          <meta name="description">Some stars. More about them</meta>
          <table id="main"/></resource>
    See: DaCHS reference documentation, metadata
    """

    code, name, severity, since = "DA223", "meta-given-twice", Severity.ERROR, "0.1"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        seen: set[tuple[int, str]] = set()
        for resource in resources(rd, site):
            if resource.kind not in _SINGLE or not (resource.published or resource.kind == "table"):
                continue
            own = {carrier: given(carrier, rd, site) for carrier in resource.chain}
            for key in _SINGLE[resource.kind]:
                carrier = _carrier(resource, key, own)
                items = own[carrier].items[key] if carrier is not None else []
                if carrier is None or len(items) < 2 or (carrier.element.offset, key) in seen:
                    continue
                seen.add((carrier.element.offset, key))
                yield self.finding(rd, items[1].location(rd), f"there are {len(items)} {key} metas on one "
                                   f"{carrier.tag}, where {resource.shown} needs exactly one", value=key,
                                   subject=resource.id)


def _carrier(resource: Resource, key: str, given: dict[Node, Given]) -> Node | None:
    """The carrier from which DaCHS takes a key; None if that is not certain."""
    for carrier in resource.chain[:1] if key == "shortName" else resource.chain:
        own = given[carrier]
        if key in own.items:
            return carrier
        if own.open:
            return None
    return None
