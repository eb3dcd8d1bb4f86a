"""Check DO301: column-metadata."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.obscore.check import Check
from dachsadmin.obscore.standard import COLUMNS, DECLARED
from dachsadmin.obscore.survey import Survey

_REFRESH = "run 'dachs imp -m //obscore' (only while the view is there: else it makes an empty one)"


class ColumnMetadata(Check):
    """TAP_SCHEMA describes ivoa.obscore as ObsCore 1.1 wants it: utypes, UCDs, units, datatypes.

    Clients find columns by utypes and UCDs. Utypes are compared in lower case. An upgrade of DaCHS does
    not refresh what it wrote with older definitions (ObsCore 1.0 had other utypes).

    See:
        ObsCore 1.1, table 5 (https://www.ivoa.net/documents/ObsCore/)
    """

    code, name, severity, since = "DO301", "column-metadata", Severity.WARNING, "0.3"

    def check(self, survey: Survey) -> Iterator[Finding]:
        described = {name: facts for name, *facts in survey.database.rows(
            "SELECT lower(column_name), datatype, coalesce(utype, ''), coalesce(ucd, ''), coalesce(unit, '')"
            " FROM tap_schema.columns WHERE lower(table_name) = 'ivoa.obscore'")}
        if not described:
            yield self.finding("TAP_SCHEMA does not have ivoa.obscore", hint=_REFRESH)
            return
        there = {name for name, _ in survey.live.columns}
        for name in sorted(there ^ set(described) if there else ()):
            where = "TAP_SCHEMA" if name in there else "the view"
            yield self.finding(f"the column {name} of ivoa.obscore is not in {where}", subject=f"ivoa.obscore.{name}",
                               hint=_REFRESH if name in there else "run 'dachsadmin obscore reimport'")
        for column in COLUMNS:
            if column.name not in described:
                continue
            datatype, utype, ucd, unit = described[column.name]
            wanted = (("utype", utype.lower(), f"obscore:{column.utype.lower()}"), ("UCD", ucd, column.ucd),
                      ("unit", unit, column.unit))
            for what, found, right in wanted:
                if found != right:
                    yield self.finding(f"{column.name} of ivoa.obscore has the {what} {found!r}, not {right!r}",
                                       subject=f"ivoa.obscore.{column.name}", hint=_REFRESH)
            if datatype.lower() not in DECLARED[column.family]:
                yield self.finding(f"{column.name} of ivoa.obscore is declared as {datatype}, which is no {column.family}",
                                   subject=f"ivoa.obscore.{column.name}", hint=_REFRESH)
