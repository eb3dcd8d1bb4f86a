"""Check DC201: tables-of-vosi-1-0."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.vosi.conformance.check import Check
from dachsadmin.vosi.conformance.publication import STANDARD, Publication


class TablesOfVosi10(Check):
    """The tables are announced as those of VOSI 1.1.

    Clients take the standardID VOSI#tables for VOSI 1.0, which knows no detail and no documents of single tables. DaCHS
    has all of VOSI 1.1 and says VOSI#tables; no operator can mend that, and this is information.

    See:
        VOSI 1.1 (https://www.ivoa.net/documents/VOSI/)
    """

    code, name, severity, since = "DC201", "tables-of-vosi-1-0", Severity.INFO, "0.3"
    wants = ("capabilities",)

    def check(self, publication: Publication) -> Iterator[Finding]:
        for document in publication.understood("capabilities"):
            told = {one.standard.lower() for one in document.capabilities}
            if f"{STANDARD}tables" in told and f"{STANDARD}tables-1.1" not in told:
                yield self.finding(document, "the tables are announced as VOSI#tables (VOSI 1.0), not VOSI#tables-1.1")
