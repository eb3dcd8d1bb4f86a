"""Check DO302: statistics-missing."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.obscore.check import Check
from dachsadmin.obscore.contributions import is_stub
from dachsadmin.obscore.survey import Survey

_COVERAGE = """
SELECT (spatial IS NULL AND EXISTS (SELECT FROM ivoa.obscore WHERE s_region IS NOT NULL))
  OR (temporal IS NULL AND EXISTS (SELECT FROM ivoa.obscore WHERE t_min IS NOT NULL AND t_max IS NOT NULL))
  OR (spectral IS NULL AND EXISTS (SELECT FROM ivoa.obscore WHERE em_min IS NOT NULL AND em_max IS NOT NULL))
FROM dc.rdmeta WHERE sourcerd = '__system__/obscore'"""


class StatisticsMissing(Check):
    """DaCHS knows the limits and the coverage of ivoa.obscore.

    `dachs limits //obscore` finds them out; the registry record and clients that plan queries use them. Both `dachs imp`
    and `dachs imp -m` wipe the coverage.

    See:
        The tutorial of DaCHS, `dachs limits` (https://docs.g-vo.org/DaCHS/tutorial.html)
    """

    code, name, severity, since = "DO302", "statistics-missing", Severity.WARNING, "0.3"

    def check(self, survey: Survey) -> Iterator[Finding]:
        if "dc.simple_col_stats" not in survey.relations or not survey.live.kind or is_stub(survey.live):
            return
        hint = "run 'dachs limits //obscore'"
        if not survey.database.scalar("SELECT EXISTS (SELECT FROM dc.simple_col_stats WHERE lower(tablename) = 'ivoa.obscore')"
                                      " OR NOT EXISTS (SELECT FROM ivoa.obscore)"):
            yield self.finding("DaCHS has no statistics of ivoa.obscore", hint=hint)
        elif survey.database.scalar(_COVERAGE):
            yield self.finding("DaCHS does not know the coverage of ivoa.obscore", hint=hint)
