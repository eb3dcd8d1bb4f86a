"""Check DV203: columns-out-of-date."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.model.published import Column
from dachsadmin.vosi.status.check import Check, Holding, listed, shortened


class ColumnsOutOfDate(Check):
    """TAP_SCHEMA describes columns as the RD does.

    The VOSI tables always tell what the RD says now; TAP_SCHEMA, and whoever asks it, what it said at the last `dachs imp`
    or `dachs imp -m`. Names, order, types, units, UCDs, utypes, descriptions and the three flags are compared.

    See: TAP 1.1, section 4 (https://www.ivoa.net/documents/TAP/)
    """

    code, name, severity, since = "DV203", "columns-out-of-date", Severity.ERROR, "0.3"
    mends = "imp -m"

    def check(self, held: Holding) -> Iterator[Finding]:
        for table in held.tables:
            if table.published and table.key in held.listed:
                was = held.stored.listed[table.key].columns
                if was != table.published.columns:
                    yield self.finding(held, f"TAP_SCHEMA {_difference(table.published.columns, was)} ({table.key})",
                                       table=table.key, hint=held.remake)


def _difference(now: Sequence[Column], was: Sequence[Column]) -> str:
    by_name = {column.name: column for column in was}
    names = dict.fromkeys(column.name for column in now)
    if lacking := [name for name in names if name not in by_name]:
        return f"lacks the columns {listed(lacking)}"
    if extra := [name for name in by_name if name not in names]:
        return f"has the columns {listed(extra)}, which the RD has not"
    changed = [f"{fact.name} of {column.name} ({shortened(str(getattr(by_name[column.name], fact.name)))}, in the RD "
               f"{shortened(str(getattr(column, fact.name)))})"
               for column in now for fact in fields(Column)
               if getattr(column, fact.name) != getattr(by_name[column.name], fact.name)]
    return f"has another {listed(changed)}" if changed else "has the columns in another order"
