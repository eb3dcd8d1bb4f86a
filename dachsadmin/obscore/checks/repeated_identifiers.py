"""Check DO405: repeated-identifiers."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.obscore.check import Check
from dachsadmin.obscore.survey import Survey


class RepeatedIdentifiers(Check):
    """A publisher DID names one row of obscore.

    DaCHS makes links (//obscore#dl) of the first row that has it. Where one table holds what another shows
    in part, both contribute: take the mixin out of one of them.

    See:
        ObsCore 1.1, 3.3.4 (https://www.ivoa.net/documents/ObsCore/)
    """

    code, name, severity, since = "DO405", "repeated-identifiers", Severity.WARNING, "0.3"

    def check(self, survey: Survey) -> Iterator[Finding]:
        if not survey.working:
            return
        looked_at = " UNION ALL ".join(f"(SELECT obs_publisher_did, {number} AS part FROM ({survey.sample(part)}) q)"
                                       for number, part in enumerate(survey.working))
        for first, last, count, example in survey.database.rows(
                "SELECT low, high, count(*), min(did) FROM (SELECT obs_publisher_did AS did, min(part) AS low,"
                f" max(part) AS high FROM ({looked_at}) q WHERE obs_publisher_did IS NOT NULL GROUP BY 1 HAVING count(*) > 1"
                ") repeated GROUP BY 1, 2 ORDER BY 1, 2"):
            part, other = survey.working[first], survey.working[last]
            where = f"more than once in {part.table}" if first == last else f"both in {part.table} and in {other.table}"
            yield self.finding(f"{count} publisher DIDs are {where}, for example {example}", part=part,
                               location=survey.place(part), hint="give the mixin an obs_publisher_did that is unique")
