"""Check DC106: media-type."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.vosi.conformance.check import Check
from dachsadmin.vosi.conformance.publication import ROOTS, Publication


class MediaType(Check):
    """Documents are sent as XML.

    Browsers and some clients go by the header Content-Type: text/xml or application/xml.

    See:
        VOSI 1.1 (https://www.ivoa.net/documents/VOSI/)
        RFC 7303 (https://www.rfc-editor.org/rfc/rfc7303)
    """

    code, name, severity, since = "DC106", "media-type", Severity.WARNING, "0.3"
    wants = ("availability", "capabilities", "tableset", "table")
    of_servers = True

    def check(self, publication: Publication) -> Iterator[Finding]:
        for document in publication.understood(*ROOTS):
            if document.media_type not in ("text/xml", "application/xml") and not document.media_type.endswith("+xml"):
                yield self.finding(document, f"{document.name} is sent as {document.media_type or 'nothing in particular'}",
                                   value=document.media_type or "none")
