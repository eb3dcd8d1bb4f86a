"""Makes the checks of obscore, and keeps what each has found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from dachsadmin.check.rule import discover
from dachsadmin.errors import AdminError
from dachsadmin.model.finding import Finding
from dachsadmin.obscore.check import Check, ValueCheck
from dachsadmin.obscore.survey import Survey
from dachsadmin.system.postgres import DatabaseLacks

Progress = Callable[[str, int, int], None]


def checks() -> tuple[Check, ...]:
    """All checks, by their codes."""
    return tuple(check for check in discover("dachsadmin.obscore.checks") if isinstance(check, Check))


def run(survey: Survey, chosen: Sequence[Check], progress: Progress) -> list[Finding]:
    """What the checks find. One that cannot be made is told as not tested; the others go on."""
    survey.all_parts  # noqa: B018 - without a list of contributions there is nothing to check
    values = tuple(check for check in chosen if isinstance(check, ValueCheck))
    found: list[Finding] = []
    for number, check in enumerate(chosen):
        progress("checks", number, len(chosen))
        try:
            found += check.check(survey)
        except AdminError as error:
            found.append(check.untested(error.message, hint=error.hint))
    if values:
        found += _values(survey, values)
    progress("checks", len(chosen), len(chosen))
    return found


def _values(survey: Survey, chosen: Sequence[ValueCheck]) -> Iterator[Finding]:
    """Look at the rows of each contribution once, for all checks."""
    conditions = {check.code: check.condition for check in chosen}
    for part in survey.working:
        try:
            counts = survey.counted(part, conditions)
        except DatabaseLacks as error:
            broken = next(check for check in checks() if check.name == "broken-contribution")
            yield broken.finding(f"the rows of {part.table} cannot be read, nor can others of ivoa.obscore with them: "
                                 f"{error.reason}", part=part, location=survey.place(part),
                                 hint=f"mend the mixin in {part.rd}, and run 'dachs imp {part.rd}'")
            continue
        except AdminError as error:
            yield chosen[0].untested(f"the rows of {part.table} could not be looked at: {error.message}", part=part)
            continue
        for check in chosen:
            if counts[check.code]:
                yield check.told(survey, part, counts[check.code])
