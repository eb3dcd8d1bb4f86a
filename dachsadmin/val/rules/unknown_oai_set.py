"""DA500: sets that this site does not have."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class UnknownOaiSet(Rule):
    """A publication may only name sets that are configured.

    DaCHS refuses an RD whose services are published in other sets than those of [ivoa]validOAISets in gavo.rc; these
    are ivo_managed, vosi and local if nothing else is set.

    Bad:
        <resource schema="res"><service id="s"><nullCore/><publish sets="vo"/></service></resource>
    Good:
        <resource schema="res"><service id="s"><nullCore/><publish sets="ivo_managed"/></service></resource>
    See: DaCHS reference documentation, configuration section ivoa
    """

    code, name, severity, since = "DA500", "unknown-oai-set", Severity.ERROR, "0.1"
    profile = "min"
    only_with = ("publish",)

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        known = {name.strip() for name in site.config.get("ivoa", "validOAISets").split(",")}
        for publication in rd.elements("publish"):
            parent = publication.parent
            if parent is None or parent.tag not in ("service", "resRec"):
                continue
            sets = publication.get("sets") or ""
            if "\\" in sets:
                continue
            for name in (part.strip() for part in sets.split(",")):
                if name and name not in known:
                    yield self.finding(rd, publication, f"there is no OAI set {name!r}, only "
                                       f"{', '.join(sorted(known))}", attribute="sets", value=name,
                                       subject=parent.get("id") or "",
                                       hint="use ivo_managed for the VO registry, local for the front page, or add the "
                                       "set to [ivoa]validOAISets in gavo.rc")
