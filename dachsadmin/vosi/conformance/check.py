"""The base of the checks of VOSI documents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from dachsadmin.check import rule
from dachsadmin.model.finding import Finding, Location, Severity
from dachsadmin.vosi.conformance.publication import Document, Publication


class Check(rule.Rule):
    """One thing that VOSI demands, looked at in all documents that were got.

    `code` is DC and three digits, never used again; the first digit is 1 for the documents as such, 2 for capabilities,
    3 for tables, 4 for their agreement with TAP_SCHEMA, 9 for what could not be tested. `wants` are the kinds of
    documents of which there has to be one, if any, and with something in it unless `sees_faults`; `of_servers` tells that
    saved files have nothing to look at. What no operator of the software can mend is INFO.
    The class docstring is its page: a sentence, why and what to do, and `See:`.
    """

    wants: ClassVar[tuple[str, ...]] = ()
    sees_faults: ClassVar[bool] = False
    of_servers: ClassVar[bool] = False

    def check(self, publication: Publication) -> Iterator[Finding]:
        """Yield what is wrong; nothing, if the run itself finds it out."""
        yield from ()

    def finding(self, document: Document, message: str, *, severity: Severity | None = None, value: str = "",
                subject: str = "", hint: str = "") -> Finding:
        """A finding about a document, or about something in it."""
        return Finding(
            code=self.code, name=self.name, severity=self.severity if severity is None else severity, rd="",
            location=Location(document.place), message=message, value=value, subject=subject or document.name, hint=hint,
            engine="vosi", confidence=self.confidence)

    def untested(self, place: str, message: str, *, hint: str = "") -> Finding:
        """What could not be tested, and why: neither a pass nor a failure."""
        return Finding(code=self.code, name=self.name, severity=Severity.INFO, rd="", location=Location(place),
                       message=message, hint=hint, engine="vosi", tested=False)


def demanded(publication: Publication) -> Severity:
    """How bad it is if something of VOSI 1.1 is not there: a server may say that it has VOSI 1.0 only."""
    return Severity.ERROR if publication.promises_1_1 or not publication.served else Severity.WARNING
