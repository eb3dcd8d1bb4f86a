"""Check DV204: table-out-of-date."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.model.published import DeclaredTable
from dachsadmin.vosi.status.check import Check, Holding, listed


class TableOutOfDate(Check):
    """TAP_SCHEMA and dc.tablemeta describe a table as the RD does.

    Compared are the description, the utype, the schema, whether it is a view, the foreign keys, and what dc.tablemeta has
    of the table and of its RD.

    See: TAP 1.1, section 4 (https://www.ivoa.net/documents/TAP/)
    """

    code, name, severity, since = "DV204", "table-out-of-date", Severity.ERROR, "0.3"
    mends = "imp -m"

    def check(self, held: Holding) -> Iterator[Finding]:
        for table in held.tables:
            if table.published and table.key in held.stored.relations:
                found = [*_in_tap_schema(held, table), *_in_tablemeta(held, table)]
                if found:
                    yield self.finding(held, f"not as in the RD: {listed(found)} ({table.key})", table=table.key,
                                       hint=held.remake)


def _in_tap_schema(held: Holding, table: DeclaredTable) -> Iterator[str]:
    now = table.published
    was = held.stored.listed.get(table.key) if table.key in held.listed else None
    for fact in ("schema", "kind", "description", "utype", "keys"):
        if was and now and getattr(was, fact) != getattr(now, fact):
            yield f"the {'foreign keys' if fact == 'keys' else fact} in TAP_SCHEMA"


def _in_tablemeta(held: Holding, table: DeclaredTable) -> Iterator[str]:
    noted = held.stored.noted.get(table.key)
    assert held.declared is not None
    if noted is None:
        yield "the row in dc.tablemeta"
    elif noted.rd != held.rd:
        yield f"the RD in dc.tablemeta ({noted.rd})"
    else:
        for what, was, now in (("description", noted.description, table.description),
                               ("RD's description", noted.rd_description, held.declared.description),
                               ("mark for ADQL", noted.adql, table.adql)):
            if was != now:
                yield f"the {what} in dc.tablemeta"
