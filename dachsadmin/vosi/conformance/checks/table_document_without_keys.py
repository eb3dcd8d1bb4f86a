"""Check DC306: table-document-without-keys."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.vosi.conformance.check import Check
from dachsadmin.vosi.conformance.publication import Publication


class TableDocumentWithoutKeys(Check):
    """The document of a table has the foreign keys that the tableset has.

    VOSI 1.1 wants the full detail there. DaCHS up to 2.11 leaves the keys out (2.13 has them), which no operator can mend;
    hence this is information. The documents that `dachsadmin vosi export` writes have them.

    See:
        VOSI 1.1 (https://www.ivoa.net/documents/VOSI/)
    """

    code, name, severity, since = "DC306", "table-document-without-keys", Severity.INFO, "0.3"
    wants = ("table",)

    def check(self, publication: Publication) -> Iterator[Finding]:
        keys = {table.name: set(table.keys) for table in publication.listed}
        for document in publication.understood("table"):
            for table in document.tables:
                if missing := keys.get(table.name, set()) - set(table.keys):
                    yield self.finding(document, f"{document.name} lacks {len(missing)} of the foreign keys of the tableset",
                                       value="keys", subject=table.name)
