"""Check DV401: record-out-of-date."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.model.published import Resource
from dachsadmin.vosi.status.check import SYSTEM, Check, Holding, listed


class RecordOutOfDate(Check):
    """What `dachs pub` has noted of a published resource is what the RD says.

    Registries see it, and the server's own lists of services do. Titles, short names, descriptions, authors, subjects and
    identifiers are compared; RDs of which nothing was ever published are left alone.

    See: DaCHS operator's guide, dachs pub
    """

    code, name, severity, since = "DV401", "record-out-of-date", Severity.WARNING, "0.3"
    mends = "pub"

    def check(self, held: Holding) -> Iterator[Finding]:
        was = held.stored.resources.get(held.rd)
        if not was or held.declared is None or held.declared.resources is None or held.rd.startswith(SYSTEM):
            return
        now = held.declared.resources
        found = [f"{name} is not published yet" for name in sorted(set(now) - set(was))]
        found += [f"{name} is published, and not in the RD any more" for name in sorted(set(was) - set(now))]
        found += [f"{name} has another {fact.name}" for name in sorted(set(now) & set(was)) for fact in fields(Resource)
                  if getattr(now[name], fact.name) != getattr(was[name], fact.name)]
        if found:
            yield self.finding(held, f"the registry is not up to date: {listed(found)}",
                               hint=f"run 'dachs pub {held.shown}'")
