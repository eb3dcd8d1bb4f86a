"""Check DV501: served-otherwise."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.client import vosi
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.model.published import Column
from dachsadmin.vosi.status.check import Check, Holding, listed


class ServedOtherwise(Check):
    """The running server tells of a table what its RD says.

    DaCHS looks at a changed RD again after 10 s, but goes on with the old one where the new one did not load, and does not
    see that a file included in it has changed.

    See: VOSI 1.1 (https://www.ivoa.net/documents/VOSI/)
    """

    code, name, severity, since = "DV501", "served-otherwise", Severity.ERROR, "0.3"

    def check(self, held: Holding) -> Iterator[Finding]:
        for table in held.tables:
            if held.served is not None and table.published and table.key in held.stored.relations:
                found = held.served.get(table.key)
                told = _difference(table.published.columns, found.columns) if found else "is not among its VOSI tables"
                if told:
                    yield self.finding(held, f"on the running server, {table.key} {told}", table=table.key,
                                       hint="run 'dachs serve reload'")


def _difference(now: tuple[Column, ...], served: tuple[vosi.Column, ...]) -> str:
    names, there = [column.name for column in now], [column.name for column in served]
    if names != there:
        changed = sorted(set(names) ^ set(there))
        return f"has other columns ({listed(changed)})" if changed else "has its columns in another order"
    changed = [column.name for column, found in zip(now, served, strict=True)
               if (column.datatype, column.arraysize, " ".join(column.unit.split()), column.ucd)
               != (found.datatype, found.arraysize, found.unit, found.ucd)]
    return f"has another type, unit or UCD for {listed(changed)}" if changed else ""
