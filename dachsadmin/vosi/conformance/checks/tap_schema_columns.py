"""Check DC401: tap-schema-columns."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from dachsadmin.client import vosi
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.vosi.conformance.check import Check
from dachsadmin.vosi.conformance.publication import Document, Publication

_FIELDS = ("datatype", "unit", "ucd", "utype", "description")


class TapSchemaColumns(Check):
    """VOSI and TAP_SCHEMA tell the same of columns.

    Names, units, UCDs, utypes, descriptions, and types where both are VOTable's are compared, of the tables whose documents
    are looked at. With DaCHS, VOSI comes from the RD and TAP_SCHEMA from the last import: `dachs imp -m` on the RD brings it
    up to date. A column that only one of them has is an error, another difference a warning.

    See:
        TAP 1.1, section 4 (https://www.ivoa.net/documents/TAP/)
        VOSI 1.1 (https://www.ivoa.net/documents/VOSI/)
    """

    code, name, severity, since = "DC401", "tap-schema-columns", Severity.WARNING, "0.3"
    wants = ("tableset",)
    of_servers = True

    def check(self, publication: Publication) -> Iterator[Finding]:
        schema = publication.tap_schema
        if schema is None or not schema.columns:
            return
        document = Document("", schema.place, "TAP_SCHEMA")
        found = {vosi.folded(table.name): table for one in publication.understood("table") for table in one.tables}
        found.update((vosi.folded(table.name), table) for table in publication.listed if table.columns)
        for name, columns in schema.columns.items():
            if name not in found:
                continue
            here = {vosi.folded(column.name): column for column in found[name].columns}
            there = {vosi.folded(column.name): column for column in columns}
            for key in sorted(set(here) ^ set(there)):
                where = ("VOSI", "TAP_SCHEMA") if key in here else ("TAP_SCHEMA", "VOSI")
                yield self.finding(document, f"the column {key} of {name} is in {where[0]}, but not in {where[1]}",
                                   subject=f"{name}.{key}", severity=Severity.ERROR, hint="run 'dachs imp -m' on its RD")
            for key in sorted(here.keys() & there.keys()):
                for field in _differing(here[key], there[key]):
                    yield self.finding(document, f"the {field} of {name}.{key} is {getattr(here[key], field)!r} in VOSI and "
                                       f"{getattr(there[key], field)!r} in TAP_SCHEMA", subject=f"{name}.{key} {field}",
                                       hint="run 'dachs imp -m' on its RD")


def _differing(here: vosi.Column, there: vosi.Column) -> list[str]:
    """The names of the fields that differ; utypes have no case, and types are compared if both are VOTable's."""
    if here.system != "VOTableType" or ":" in there.datatype or there.datatype.isupper():
        there = dataclasses.replace(there, datatype=here.datatype)
    there = dataclasses.replace(there, utype=here.utype) if there.utype.lower() == here.utype.lower() else there
    return [field for field in _FIELDS if getattr(here, field) != getattr(there, field)]
