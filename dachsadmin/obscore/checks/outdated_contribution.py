"""Check DO205: outdated-contribution."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.obscore.check import Check
from dachsadmin.obscore.survey import Survey


class OutdatedContribution(Check):
    """The contributions are what the mixins in the RDs say.

    DaCHS writes a contribution when the data item that makes the table is imported (`imp`, or `imp -m`); a mixin that was
    changed since, or that a new DaCHS expands differently, shows nowhere. `dachs imp -m RD` leaves out data items with
    auto="False": name the one that makes the table.

    See:
        The reference of DaCHS, //obscore (https://docs.g-vo.org/DaCHS/ref.html)
    """

    code, name, severity, since = "DO205", "outdated-contribution", Severity.WARNING, "0.3"

    def check(self, survey: Survey) -> Iterator[Finding]:
        for part in survey.parts:
            wanted = survey.fragments.get(part.table.lower())
            if wanted is not None and _comparable(wanted, wanted) != _comparable(part.sql, wanted):
                yield self.finding(f"the contribution of {part.table} is not what the mixin in {part.rd} says now", part=part,
                                   location=survey.place(part),
                                   hint=f"run 'dachs imp -m {part.rd} DD' with the data item that makes the table, "
                                        "then 'dachsadmin obscore reimport'")


def _comparable(sql: str, wanted: str) -> list[str]:
    """The words of a contribution; without the identifiers where these are made at import."""
    return (re.sub(r"[^,]*\bAS obs_publisher_did\b", "", sql) if "__COMPUTE__" in wanted else sql).split()
