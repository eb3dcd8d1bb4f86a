"""Check DC104: version-attribute."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.vosi.conformance.check import Check
from dachsadmin.vosi.conformance.publication import Publication

_VERSIONS = ("1.0", "1.1", "1.2")


class VersionAttribute(Check):
    """The attribute version of tables is a version of VOSI.

    The examples of VOSI 1.1 have version="1.1" at the root, its XML schema knows no such attribute; hence it is
    information if there is none, as with DaCHS, and none is held against the schema.

    See:
        VOSI 1.1 (https://www.ivoa.net/documents/VOSI/)
    """

    code, name, severity, since = "DC104", "version-attribute", Severity.WARNING, "0.3"
    wants = ("tableset", "table")

    def check(self, publication: Publication) -> Iterator[Finding]:
        for document in publication.understood("tableset", "table"):
            if not document.version:
                yield self.finding(document, f"{document.name} does not say which version of VOSI it has",
                                   severity=Severity.INFO, value="none")
            elif document.version not in _VERSIONS:
                yield self.finding(document, f"{document.name} has version {document.version!r}, and VOSI has "
                                   f"{', '.join(_VERSIONS)}", value=document.version)
