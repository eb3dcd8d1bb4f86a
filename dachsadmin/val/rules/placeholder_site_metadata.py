"""DA227: defaultmeta.txt as `dachs init` left it."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.metas import lookup
from dachsadmin.rd.publication import resources
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

# What `dachs init` writes into etc/defaultmeta.txt (2.3 to 2.13).
_PLACEHOLDERS = {"publisher": "Your organisation's name", "contact.name": "Fill Out",
                 "contact.address": "Ordinary street address.", "contact.email": "invalid@example.com",
                 "contact.telephone": "Delete this line if you don't want to give it",
                 "creator.name": "Could be same as contact.name"}


class PlaceholderSiteMetadata(Rule):
    """What the VO registry gets must not have the placeholders of defaultmeta.txt in it.

    `dachs init` makes etc/defaultmeta.txt with an invented publisher and contact. Every record takes them over until
    somebody fills in the real ones.

    Bad:
        <resource schema="res"><meta name="contact.email">invalid@example.com</meta>
          <service id="s"><nullCore/><publish sets="ivo_managed"/></service></resource>
    Good:
        <resource schema="res"><meta name="contact.email">vo@observatory.example.org</meta>
          <service id="s"><nullCore/><publish sets="ivo_managed"/></service></resource>
    See: DaCHS installation guide, section on defaultmeta
    """

    code, name, severity, since = "DA227", "placeholder-site-metadata", Severity.WARNING, "0.1"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        published = next((resource for resource in resources(rd, site) if resource.in_vo), None)
        if published is None:
            return
        known = lookup(published.chain, rd, site)
        for key, placeholder in _PLACEHOLDERS.items():
            if key not in known.keys:
                continue
            found = known.find(key)
            if placeholder in found.values:
                yield self.finding(rd, published.node.site, f"the {key} of {published.shown} is still {placeholder!r}, "
                                   "as in the defaultmeta.txt that dachs init makes", value=key,
                                   hint=f"set {key} in etc/defaultmeta.txt")
            for meta in found.items:
                if meta.value == placeholder:
                    yield self.finding(rd, meta.location(rd), f"the {key} of {published.shown} is {placeholder!r}",
                                       value=key)
