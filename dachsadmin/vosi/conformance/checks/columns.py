"""Check DC301: columns."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.client import vosi
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.vosi.conformance.check import Check
from dachsadmin.vosi.conformance.publication import Publication


class Columns(Check):
    """Each column has a name of its own, and a type that can be understood.

    Clients write queries with these names and parse answers by these types. The arraysize is `3`, `*`, `5*` or `3x2x*`.

    See:
        VODataService 1.2 (https://www.ivoa.net/documents/VODataService/)
        VOTable 1.4, section 2.2, for arraysize (https://www.ivoa.net/documents/VOTable/)
    """

    code, name, severity, since = "DC301", "columns", Severity.ERROR, "0.3"
    wants = ("tableset", "table")

    def check(self, publication: Publication) -> Iterator[Finding]:
        for document in publication.understood("tableset", "table"):
            for table in document.tables:
                for message, subject in _faults(table):
                    yield self.finding(document, message, subject=f"{table.name}.{subject}")


def _faults(table: vosi.Table) -> Iterator[tuple[str, str]]:
    """What is wrong with columns, and with which."""
    for number, column in enumerate(table.columns, 1):
        if not column.name:
            yield f"column {number} of {table.name} has no name", str(number)
        elif not column.datatype:
            yield f"column {column.name} of {table.name} has no type", column.name
        elif not vosi.is_arraysize(column.arraysize):
            yield f"column {column.name} of {table.name} has the arraysize {column.arraysize!r}, which is none", column.name
    for name in vosi.repeated(column.name for column in table.columns if column.name):
        yield f"column {name} is in {table.name} more than once", name
