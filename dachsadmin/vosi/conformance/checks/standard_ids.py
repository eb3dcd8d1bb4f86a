"""Check DC200: standard-ids."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.vosi.conformance.check import Check
from dachsadmin.vosi.conformance.publication import STANDARD, Publication


class StandardIds(Check):
    """The capabilities list the VOSI documents, with addresses.

    Registries and clients learn from the standardIDs where availability, capabilities and tables are; a TAP service is
    expected to have tables. Their accessURLs are whole addresses, hence use="full".

    See:
        VOSI 1.1 (https://www.ivoa.net/documents/VOSI/)
        TAP 1.1, section 4 (https://www.ivoa.net/documents/TAP/)
    """

    code, name, severity, since = "DC200", "standard-ids", Severity.ERROR, "0.3"
    wants = ("capabilities",)

    def check(self, publication: Publication) -> Iterator[Finding]:
        for document in publication.understood("capabilities"):
            told = {one.standard.lower(): one for one in document.capabilities}
            wanted = ["capabilities", *(["tables"] if "ivo://ivoa.net/std/tap" in told else [])]
            for word in wanted:
                if not any(standard.startswith(STANDARD + word) for standard in told):
                    yield self.finding(document, f"the capabilities have no {STANDARD}{word}", severity=Severity.WARNING,
                                       subject=word)
            for standard, capability in told.items():
                if standard.startswith(STANDARD) and not any(one.url for one in capability.interfaces):
                    yield self.finding(document, f"the capability {capability.standard} has no address", subject=standard)
                for one in capability.interfaces:
                    if standard.startswith(STANDARD) and one.use != "full":
                        yield self.finding(document, f"the address of {capability.standard} is not marked as a whole one "
                                           '(use="full")', severity=Severity.WARNING, subject=standard)
