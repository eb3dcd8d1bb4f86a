"""DA504: RDs whose path makes no identifier."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.publication import resources
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

# DaCHS percent-encodes everything else in the path, and a per cent sign is not allowed in an identifier.
_ODD_IN_PATH = re.compile(r"[^A-Za-z0-9_.~/-]")
# The id is taken as it is. (IVOA Identifiers 2.0, and the pattern of VOResource 1.1)
_ODD_IN_ID = re.compile(r"[^\w.!~*'()+=-]")


class PathNotAnIdentifier(Rule):
    """What is published in the VO needs a path and an id that can stand in an IVOA identifier.

    DaCHS makes the identifier ivo://authority/path-of-the-rd/id. A plus sign, a blank or an umlaut in the path makes
    a record that is not valid, and registries refuse it.

    Bad:
        <resource schema="res"><service id="my service"><nullCore/><publish sets="ivo_managed"/></service></resource>
    Good:
        <resource schema="res"><service id="my-service"><nullCore/><publish sets="ivo_managed"/></service></resource>
    See: IVOA Identifiers 2.0, section 2.3
    """

    code, name, severity, since = "DA504", "path-not-an-identifier", Severity.ERROR, "0.1"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        published = [resource for resource in resources(rd, site) if resource.in_vo]
        if not published:
            return
        odd = _ODD_IN_PATH.search(rd.rd_id.removeprefix("//"))
        if odd:
            yield self.finding(rd, published[0].node.site, f"the path {rd.rd_id!r} has {odd[0]!r} in it, which makes "
                               f"the identifier of {published[0].shown} invalid", value=odd[0],
                               hint="move the RD to a path of letters, digits, '_', '-' and '.'")
        for resource in published:
            odd = _ODD_IN_ID.search(resource.id)
            if odd and "\\" not in resource.id:
                yield self.finding(rd, resource.node.site, f"the id {resource.id!r} has {odd[0]!r} in it, which makes "
                                   "the IVOA identifier invalid", value=odd[0], subject=resource.id)
