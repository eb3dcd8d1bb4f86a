"""Check DC400: tap-schema-tables."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.client import vosi
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.vosi.conformance.check import Check
from dachsadmin.vosi.conformance.publication import Document, Publication


class TapSchemaTables(Check):
    """VOSI and TAP_SCHEMA have the same tables.

    Some clients read the one, some the other. With DaCHS, a table that only TAP_SCHEMA has belongs to an RD that does not
    load; `dachsadmin val` tells why. The other way round, TAP_SCHEMA is stale: `dachs imp -m` on the RD brings it up to date.

    See:
        TAP 1.1, section 4 (https://www.ivoa.net/documents/TAP/)
        VOSI 1.1 (https://www.ivoa.net/documents/VOSI/)
    """

    code, name, severity, since = "DC400", "tap-schema-tables", Severity.ERROR, "0.3"
    wants = ("tableset",)
    of_servers = True

    def check(self, publication: Publication) -> Iterator[Finding]:
        schema = publication.tap_schema
        if schema is None:
            return
        document = Document("", schema.place, "TAP_SCHEMA")
        if schema.fault:
            yield self.finding(document, schema.fault)
            return
        here, there = ({vosi.folded(name): name for name in names} for names in (
            [table.name for table in publication.listed], schema.tables))
        for key in sorted(set(there) - set(here)):
            yield self.finding(document, f"the table {there[key]} is in TAP_SCHEMA, but not among the VOSI tables",
                               subject=there[key], hint="run 'dachsadmin val' on its RD")
        for key in sorted(set(here) - set(there)):
            yield self.finding(document, f"the table {here[key]} is among the VOSI tables, but not in TAP_SCHEMA",
                               subject=here[key], hint="run 'dachs imp -m' on its RD")
