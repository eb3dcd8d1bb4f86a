"""Check DC103: root-element."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.vosi.conformance.check import Check
from dachsadmin.vosi.conformance.publication import ROOTS, Publication


class RootElement(Check):
    """The root element is the one that VOSI has for the document, in its namespace.

    Clients tell by it what they have before them. The elements below it have no namespace; the prefix is free.

    See:
        VOSI 1.1 (https://www.ivoa.net/documents/VOSI/)
    """

    code, name, severity, since = "DC103", "root-element", Severity.ERROR, "0.3"
    wants = ("availability", "capabilities", "tableset", "table", "")

    def check(self, publication: Publication) -> Iterator[Finding]:
        for document in publication.understood(*ROOTS, ""):
            if not document.kind:
                yield self.finding(document, f"{document.name} has the root element {document.tag}, and is no document of VOSI")
            elif document.tag != ROOTS[document.kind]:
                yield self.finding(document, f"{document.name} has the root element {document.tag}, not {ROOTS[document.kind]}")
