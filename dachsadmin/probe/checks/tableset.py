"""Check DP105: tableset."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.client import vosi
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.probe.centre import Centre, Service
from dachsadmin.probe.check import Check


class Tableset(Check):
    """The VOSI tables of the TAP service are those that can be queried, with columns that can be understood.

    TOPCAT shows what stands there. A table that TAP_SCHEMA has and VOSI has not belongs to an RD that does not load;
    `dachsadmin val` tells why. The other way round, or when columns differ, metadata is stale: `dachs imp -m RD`, then
    `dachs limits RD`, brings it up to date.

    See:
        VOSI 1.1 (https://www.ivoa.net/documents/VOSI/)
        VOTable 1.4, section 2.2, for arraysize (https://www.ivoa.net/documents/VOTable/)
    """

    code, name, severity, since = "DP105", "tableset", Severity.ERROR, "0.1"
    asks = ("tap",)

    def check(self, centre: Centre, service: Service) -> Iterator[Finding]:
        answer = centre.web.get("/tap/tables", {"detail": "min"})
        names = [table.name for table in vosi.tables(vosi.xml(answer, "/tap/tables"))]
        told = set(map(vosi.folded, names))
        for name in vosi.repeated(names):
            yield self.finding(service, f"the table {name} is listed more than once", url=answer.url, subject=name)
        listed = {vosi.folded(table.name) for table in centre.all_tables()}
        asked = centre.published_tables() if centre.only else {name.lower() for name in told | listed}
        for name in sorted(name for name in listed - told if name.lower() in asked):
            yield self.finding(service, f"the table {name} is in TAP_SCHEMA, but not among the VOSI tables", subject=name,
                               url=answer.url, hint="run 'dachsadmin val' on its RD")
        for name in sorted(name for name in told - listed if name.lower() in asked):
            yield self.finding(service, f"the table {name} is among the VOSI tables, but not in TAP_SCHEMA", subject=name,
                               url=answer.url, hint="run 'dachs imp -m' on its RD")
        for table in centre.sampled_tables():
            if vosi.folded(table.name) in told:
                yield from self._columns(centre, service, table.name)

    def _columns(self, centre: Centre, service: Service, name: str) -> Iterator[Finding]:
        answer = centre.web.get(f"/tap/tables/{name}")
        found = vosi.tables(vosi.xml(answer, f"/tap/tables/{name}"))
        for column in (column for table in found for column in table.columns):
            if not vosi.is_arraysize(column.arraysize):
                yield self.finding(service, f"column {column.name} of {name} has the arraysize {column.arraysize!r}, which "
                                   "is none", url=answer.url, subject=f"{name}.{column.name}")
        if not any(table.columns for table in found):
            yield self.finding(service, f"the VOSI document of {name} has no columns", url=answer.url, subject=name)
