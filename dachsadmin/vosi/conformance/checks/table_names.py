"""Check DC300: table-names."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.client import vosi
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.vosi.conformance.check import Check
from dachsadmin.vosi.conformance.publication import Publication


class TableNames(Check):
    """Each table has one name, and no two have the same.

    The name of a table is how a query names it, with its schema: `schema.table`. The case of names without quotes does
    not count in ADQL.

    See:
        VODataService 1.2 (https://www.ivoa.net/documents/VODataService/)
        ADQL 2.1, section 2.1.4 (https://www.ivoa.net/documents/ADQL/)
    """

    code, name, severity, since = "DC300", "table-names", Severity.ERROR, "0.3"
    wants = ("tableset", "table")

    def check(self, publication: Publication) -> Iterator[Finding]:
        for document in publication.understood("tableset", "table"):
            names = [table.name for table in document.tables]
            for number, name in enumerate(names, 1):
                if not name:
                    yield self.finding(document, f"table {number} of {document.name} has no name", subject=f"{document.name} {number}")
            for name in vosi.repeated(filter(None, names)):
                yield self.finding(document, f"the table {name} is more than once in {document.name}", subject=name)
