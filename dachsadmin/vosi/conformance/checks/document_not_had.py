"""Check DC102: document-not-had."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.vosi.conformance.check import Check, demanded
from dachsadmin.vosi.conformance.publication import Publication


class DocumentNotHad(Check):
    """Each document that is announced can be had, and is XML.

    A page for browsers with status 200 is what web servers and single-page applications give for addresses that they do
    not know. A document type declaration has no business in VOSI documents; it is not read, nor is anything outside of the
    document, and no more than 100 MB. That detail=min is refused by a server that announces VOSI 1.0 only is a warning.

    See:
        VOSI 1.1 (https://www.ivoa.net/documents/VOSI/)
    """

    code, name, severity, since = "DC102", "document-not-had", Severity.ERROR, "0.3"
    wants = ("availability", "capabilities", "tableset", "")
    sees_faults = True

    def check(self, publication: Publication) -> Iterator[Finding]:
        for document in publication.documents:
            if document.fault and document.kind in self.wants:
                severity = demanded(publication) if document.asked == "min" else self.severity
                yield self.finding(document, document.fault, severity=severity)
