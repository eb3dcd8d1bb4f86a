"""Check DO300: mandatory-columns."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.obscore.check import Check
from dachsadmin.obscore.standard import COLUMNS, FAMILIES
from dachsadmin.obscore.survey import Survey


class MandatoryColumns(Check):
    """ivoa.obscore has all columns that ObsCore demands, with types of the right family.

    DaCHS narrows some types (real for double precision, smallint for integer), which is all right. Columns besides,
    from userconfig.rd or of DaCHS's own, are too.

    See:
        ObsCore 1.1, table 1 (https://www.ivoa.net/documents/ObsCore/)
    """

    code, name, severity, since = "DO300", "mandatory-columns", Severity.ERROR, "0.3"

    def check(self, survey: Survey) -> Iterator[Finding]:
        if not survey.live.kind:
            return
        found = dict(survey.live.columns)
        for column in COLUMNS:
            kind = found.get(column.name)
            if kind is None:
                yield self.finding(f"ivoa.obscore lacks the column {column.name}", subject=f"ivoa.obscore.{column.name}",
                                   hint="run 'dachsadmin obscore reimport'")
            elif column.family in FAMILIES and kind not in FAMILIES[column.family]:
                yield self.finding(f"{column.name} of ivoa.obscore is {kind}, which is no {column.family}",
                                   subject=f"ivoa.obscore.{column.name}", hint="look at what the mixins give for it")
