"""Check DC303: detail."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.vosi.conformance.check import Check, demanded
from dachsadmin.vosi.conformance.publication import Publication


class Detail(Check):
    """With detail=min all tables are told without columns, with detail=max all that there is to tell.

    Clients ask for the list first where there are thousands of tables, and for the columns of those that somebody wants.
    A server may always answer with the list only (VOSI 1.1 leaves that to it), which is information. Where a server
    announces VOSI 1.0 only, the rest is a warning.

    See:
        VOSI 1.1 (https://www.ivoa.net/documents/VOSI/)
    """

    code, name, severity, since = "DC303", "detail", Severity.ERROR, "0.3"
    wants = ("tableset",)

    def check(self, publication: Publication) -> Iterator[Finding]:
        full, brief = publication.full, publication.brief
        if brief is None:
            return
        told = next((table.name for table in brief.tables if table.columns or table.keys), None)
        if told is not None:
            yield self.finding(brief, f"{brief.name} has columns or foreign keys of {told}", severity=demanded(publication))
        if full is None:
            if brief.tables:
                yield self.finding(brief, "the tables are never told with their columns", severity=Severity.INFO)
            return
        both = {document.name: {table.name for table in document.tables} for document in (full, brief)}
        for one, other in ((full, brief), (brief, full)):
            for name in sorted(both[one.name] - both[other.name]):
                yield self.finding(other, f"the table {name} is in {one.name}, but not in {other.name}", subject=name,
                                   severity=demanded(publication))
        for table in full.tables:
            if not table.columns:
                yield self.finding(full, f"{full.name} has no columns of {table.name}", subject=table.name,
                                   severity=Severity.WARNING)
