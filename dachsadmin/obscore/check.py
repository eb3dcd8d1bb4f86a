"""The base of the checks of obscore."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from dachsadmin.check import rule
from dachsadmin.model.finding import Finding, Location, Severity
from dachsadmin.obscore.contributions import Contribution
from dachsadmin.obscore.survey import Survey

OBSCORE = "//obscore"


class Check(rule.Rule):
    """One thing that has to hold of obscore.

    `code` is DO and three digits, never used again; the first digit is 1 for the view, 2 for contributions, 3 for the
    metadata, 4 for values, 5 for migration to a newer DaCHS, 6 for speed. `of_parts` says that it is about each contribution
    alone; `obscore check` makes these, `obscore status` all.
    The class docstring is its page: a sentence, why and what to do, and `See:`.
    """

    of_parts: ClassVar[bool] = False

    def check(self, survey: Survey) -> Iterator[Finding]:
        """Yield what is wrong."""
        raise NotImplementedError

    def finding(self, message: str, *, part: Contribution | None = None, location: Location | None = None,
                severity: Severity | None = None, subject: str = "ivoa.obscore", value: str = "", hint: str = "",
                tested: bool = True) -> Finding:
        """A finding about the view, or about a contribution."""
        return Finding(
            code=self.code, name=self.name, severity=self.severity if severity is None else severity,
            rd=part.rd if part else OBSCORE, location=location or Location(""), message=message, value=value,
            subject=part.table if part else subject, hint=hint, engine="obscore", confidence=self.confidence, tested=tested)

    def untested(self, message: str, *, part: Contribution | None = None, hint: str = "") -> Finding:
        """What could not be tested, and why: neither a pass nor a failure."""
        return self.finding(message, part=part, severity=Severity.INFO, hint=hint, tested=False)


class ValueCheck(Check):
    """A condition on rows, in SQL, that makes them wrong; `wrong` completes "3 rows of lamost5.data ..."."""

    condition: ClassVar[str]
    wrong: ClassVar[str]
    mend: ClassVar[str]

    def told(self, survey: Survey, part: Contribution, count: int) -> Finding:
        rows = "1 row" if count == 1 else f"{count} rows"
        return self.finding(f"{rows} of {part.table} {self.wrong}", part=part, location=survey.place(part), hint=self.mend)

    def check(self, survey: Survey) -> Iterator[Finding]:
        """The rows are looked at once for all checks of this kind (obscore/engine.py)."""
        return iter(())
