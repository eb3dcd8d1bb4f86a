"""Check DC305: table-document."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.client import vosi
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.vosi.conformance.check import Check, demanded
from dachsadmin.vosi.conformance.publication import Publication


class TableDocument(Check):
    """Each table of the tableset has a document of its own, which tells the same.

    It stands below the address of the tables, under the name exactly as the set has it. Of many tables, twenty are asked
    for; --all asks for every one. A proxy that does not pass on quotes, blanks or per cent signs breaks the documents of
    tables with delimited names. Where a server announces VOSI 1.0 only, this is a warning.

    See:
        VOSI 1.1, section 3.3 (https://www.ivoa.net/documents/VOSI/)
    """

    code, name, severity, since = "DC305", "table-document", Severity.ERROR, "0.3"
    wants = ("table",)

    def check(self, publication: Publication) -> Iterator[Finding]:
        listed = {table.name: table for table in publication.listed}
        for document in (one for one in publication.documents if one.kind == "table"):
            if document.fault:
                yield self.finding(document, document.fault, severity=demanded(publication), subject=document.asked)
                continue
            for table in document.tables:
                name = document.asked or table.name
                if table.name != name or listed and name not in listed:
                    yield self.finding(document, f"{document.name} names its table {table.name!r}, which the tables do not have so",
                                       severity=demanded(publication), subject=name)
                elif name in listed and publication.full is not None:
                    for message in _differences(listed[name], table):
                        yield self.finding(document, f"{document.name} {message}", severity=demanded(publication), subject=name)
                elif not table.columns:
                    yield self.finding(document, f"{document.name} has no columns", severity=demanded(publication), subject=name)


def _differences(listed: vosi.Table, own: vosi.Table) -> Iterator[str]:
    """How the document of a table differs from its entry in the tableset."""
    if [column.name for column in listed.columns] != [column.name for column in own.columns]:
        yield f"has {len(own.columns)} columns, not the {len(listed.columns)} of the tableset, or others"
    elif listed.columns != own.columns:
        name = next(one.name for one, other in zip(listed.columns, own.columns) if one != other)
        yield f"tells of the column {name} something else than the tableset"
    if (listed.description, listed.utype) != (own.description, own.utype):
        yield "has another description or utype than the tableset"
