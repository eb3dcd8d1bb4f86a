"""Check DC105: invalid-document."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.vosi.conformance.check import Check
from dachsadmin.vosi.conformance.publication import ROOTS, Publication


class InvalidDocument(Check):
    """Documents are valid against the schemata of the VO.

    The schemata are those that DaCHS brings; where no DaCHS is installed, this is not tested. DaCHS makes valid documents
    of valid metadata: look for a value in the RD that is none, which `dachsadmin val` finds, too.

    See:
        VOSI 1.1 (https://www.ivoa.net/documents/VOSI/)
        VODataService 1.2 (https://www.ivoa.net/documents/VODataService/)
    """

    code, name, severity, since = "DC105", "invalid-document", Severity.ERROR, "0.3"
    wants = ("availability", "capabilities", "tableset", "table")

    def check(self, publication: Publication) -> Iterator[Finding]:
        for document in publication.understood(*ROOTS):
            if document.invalid is None:
                yield self.untested(publication.place, "there are no schemata to validate with",
                                    hint="run 'apt-get install python3-gavo'")
                return
            for fault in document.invalid:
                yield self.finding(document, f"{document.name} is not valid: {fault}", value=fault)
