"""DA318: jobs that never run, or never load."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_AT = re.compile(r"(?:w(?P<weekday>\d)\s+)?(?:m(?P<day>\d\d?)\s+)?(?P<hour>\d+):(?P<minute>\d+)(?P<rest>.*)", re.DOTALL)


class BadExecutionTime(Rule):
    """An execute says either at which times of day it runs, or every how many seconds.

    `at` has hours and minutes (UTC), separated by commas, each perhaps after `m` and a day of the month (1 to 28) or
    `w` and a day of the week (1 to 7). DaCHS refuses the RD for anything else, and ignores what follows a time.

    Bad:
        <execute title="harvest" at="24:30"><job><code>pass</code></job></execute>
    Good:
        <execute title="harvest" at="m22 7:30, w3 15:02"><job><code>pass</code></job></execute>
    See: https://docs.g-vo.org/DaCHS/ref.html#element-execute
    """

    code, name, severity, since, profile = "DA318", "bad-execution-time", Severity.ERROR, "0.1", "min"
    only_with = ("execute",)

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for element in rd.elements("execute"):
            if element.replayed:
                continue
            at, every = element.get("at"), element.get("every")
            if (at is None) == (every is None) and element.get("on") is None:  # newer versions have `on`
                have = "neither at nor every" if at is None else "both at and every"
                yield self.finding(rd, element, f"this execute has {have}; it needs one of them")
            for time in (at or "").split(","):
                wrong = problem(time.strip()) if time.strip() and "\\" not in time else ""
                if wrong:
                    severity = Severity.WARNING if wrong.startswith("DaCHS ignores") else None
                    yield self.finding(rd, element, f"{time.strip()!r} is no time to run: {wrong}", attribute="at",
                                       value=time.strip(), severity=severity)


def problem(time: str) -> str:
    """What is wrong with one entry of `at`, `` if nothing is."""
    match = _AT.match(time)
    if match is None:
        return "hours and minutes are missing"
    if int(match["hour"]) > 23 or int(match["minute"]) > 59:
        return "a day ends at 23:59"
    if match["day"] and not 1 <= int(match["day"]) <= 28:
        return "days of the month go from 1 to 28"
    if match["weekday"] and not 1 <= int(match["weekday"]) <= 7:
        return "days of the week go from 1 to 7"
    return f"DaCHS ignores {match['rest'].strip()!r}" if match["rest"].strip() else ""
