"""Check DO200: broken-contribution."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.obscore import mending
from dachsadmin.obscore.check import Check
from dachsadmin.obscore.survey import Survey


class BrokenContribution(Check):
    """Every contribution to ivoa.obscore can be queried.

    DaCHS keeps a SELECT statement of every table with an //obscore mixin, and makes the view of all of them. If one does not
    work, because its table or a column went away, the view that is there lives on until somebody imports anything that
    has to do with obscore; from then on every such import fails, whichever RD it is of. `dachsadmin obscore reimport
    --quarantine` leaves the broken ones out, and remembers them.

    See:
        The tutorial of DaCHS, ObsTAP (https://docs.g-vo.org/DaCHS/tutorial.html)
    """

    code, name, severity, since = "DO200", "broken-contribution", Severity.ERROR, "0.3"
    of_parts = True

    def check(self, survey: Survey) -> Iterator[Finding]:
        for part in survey.all_parts:
            problem = survey.tried[part.table].problem
            if problem is None:
                continue
            if problem.kind == "unavailable":
                yield self.untested(f"the contribution of {part.table} could not be tried: {problem.message}", part=part,
                                    hint="run it again when the import or whatever locks the table is over")
                continue
            yield self.finding(mending.in_words(survey, part, problem), part=part, location=survey.place(part),
                               hint=mending.mend(survey, part, problem))
