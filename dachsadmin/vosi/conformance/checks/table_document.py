"""Check DC305: table-document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dachsadmin.client import vosi
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.vosi.conformance.check import Check, demanded
from dachsadmin.vosi.conformance.publication import Document, Publication


class TableDocument(Check):
    """Each table of the tableset has a document of its own, which tells the same.

    It stands below the address of the tables, under the name exactly as the set has it. Of many tables, twenty are asked
    for; --all asks for every one. A proxy that does not pass on quotes, blanks or per cent signs breaks the documents of
    tables with delimited names. Where a server announces VOSI 1.0 only, this is a warning.

    See:
        VOSI 1.1 (https://www.ivoa.net/documents/VOSI/)
    """

    code, name, severity, since = "DC305", "table-document", Severity.ERROR, "0.3"
    wants = ("table",)
    sees_faults = True

    def check(self, publication: Publication) -> Iterator[Finding]:
        listed = {table.name: table for table in publication.listed}
        for document in (one for one in publication.documents if one.kind == "table"):
            told = [document.fault] if document.fault else [
                message for table in document.tables
                for message in _faults(document, table, listed, whole=publication.full is not None)]
            for message in told:
                yield self.finding(document, message, severity=demanded(publication), subject=document.asked)


def _faults(document: Document, own: vosi.Table, listed: Mapping[str, vosi.Table], *, whole: bool) -> Iterator[str]:
    """What is wrong with the document of a table, given those of the tableset, which may not be told as a `whole`."""
    name = document.asked or own.name
    if own.name != name or listed and name not in listed:
        yield f"{document.name} names its table {own.name!r}, which the tables do not have so"
    elif name in listed and whole:
        yield from (f"{document.name} {difference}" for difference in _differences(listed[name], own))
    elif not own.columns:
        yield f"{document.name} has no columns"


def _differences(listed: vosi.Table, own: vosi.Table) -> Iterator[str]:
    """How the document of a table differs from its entry in the tableset."""
    if [column.name for column in listed.columns] != [column.name for column in own.columns]:
        yield f"has other columns ({len(own.columns)}) than the tableset ({len(listed.columns)})"
    elif listed.columns != own.columns:
        name = next(one.name for one, other in zip(listed.columns, own.columns) if one != other)
        yield f"tells of the column {name} something else than the tableset"
    if (listed.description, listed.utype) != (own.description, own.utype):
        yield "has another description or utype than the tableset"
