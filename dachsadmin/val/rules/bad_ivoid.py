"""DA507: references into the VO registry that lead nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.metas import written
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_IVOID = re.compile(r"ivo://[\w][\w.!~*'()+=-]{2,}(?:/[\w.!~*'()+=-]+)*(?:\?\S*)?(?:#\S+)?\Z")


class BadIvoid(Rule):
    """An ivoId must be an IVOA identifier: ivo://authority/path.

    The relations to other resources (isPartOf, uses and so on) may carry the identifier of the other resource; one in
    another form makes the registry record invalid.

    Bad:
        <resource schema="res"><meta name="isPartOf" ivoId="http://gaia.ari.uni-heidelberg.de">Gaia</meta></resource>
    Good:
        <resource schema="res"><meta name="isPartOf" ivoId="ivo://uni-heidelberg.de/gaia/tap">Gaia</meta></resource>
    See: IVOA Identifiers 2.0, section 2.3
    """

    code, name, severity, since = "DA507", "bad-ivoid", Severity.ERROR, "0.1"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for meta in written(rd):
            if meta.key.endswith(".ivoId") and meta.value and not meta.open and not _IVOID.match(meta.value):
                yield self.finding(rd, meta.location(rd), f"{meta.value!r} is no IVOA identifier", value=meta.value,
                                   subject=meta.key, hint="it looks like ivo://authority/path")
