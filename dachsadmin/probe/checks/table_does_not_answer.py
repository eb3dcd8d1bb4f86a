"""Check DP202: table-does-not-answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dachsadmin.client import vosi, votable
from dachsadmin.errors import AdminError
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.probe.centre import Centre, Service, Table
from dachsadmin.probe.check import Check


class TableDoesNotAnswer(Check):
    """Every table that is announced gives rows, by the name that it is announced with.

    A table whose rows cannot be had was dropped behind DaCHS's back, lost in an import that failed, or has a name that
    would need quotes. `dachs imp` of its RD makes it again. What is fetched has to be what TAP_SCHEMA promises, arrays
    of several dimensions included.

    See:
        TAP 1.1 (https://www.ivoa.net/documents/TAP/)
    """

    code, name, severity, since = "DP202", "table-does-not-answer", Severity.ERROR, "0.1"
    asks = ("tap",)

    def check(self, centre: Centre, service: Service) -> Iterator[Finding]:
        sampled = centre.sampled_tables()
        for table in sampled:
            try:
                found = votable.wrap(centre.first_rows(table).votable)
            except AdminError as error:
                yield self.finding(service, error.message, subject=table.name, hint="run 'dachs imp' on its RD")
                continue
            if not found.rows:
                yield self.finding(service, f"the table {table.name} is empty", subject=table.name, severity=Severity.INFO)
            yield from self._columns(centre, service, table, found)
        if rest := len(centre.tables()) - len(sampled):
            yield self.untested(service, f"{rest} more tables were not asked for", hint="name RDs with --service")

    def _columns(self, centre: Centre, service: Service, table: Table, found: votable.Votable) -> Iterator[Finding]:
        got = {field.name.lower() for field in found.table.fields} if found.table is not None else set()
        promised = {column.name.strip('"').lower() for column in centre.columns(table)}
        for name in sorted(promised - got):
            yield self.finding(service, f"column {name} of {table.name} is in TAP_SCHEMA, but not in its rows",
                               subject=f"{table.name}.{name}", hint="run 'dachs imp -m' on its RD")
        for field in found.table.fields if found.rows else ():
            size = str(field.arraysize or "")
            if "x" in size and not _fits(found.table.array[field.ID][0], size):
                yield self.finding(service, f"column {field.name} of {table.name} does not have the dimensions {size}",
                                   subject=f"{table.name}.{field.name}")


def _fits(value: Any, size: str) -> bool:
    """Whether an array has the dimensions of an arraysize; what is null fits."""
    shape = getattr(value, "shape", ())
    wanted = tuple(reversed(vosi.dimensions(size)))
    return not shape or 0 in shape or len(shape) == len(wanted) and all(
        length in (None, there) for length, there in zip(wanted, shape))
