"""DA222: dates that DaCHS or the registry cannot read."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.metas import Meta, written
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

# DaCHS parses these while it reads the RD; its validation then dies instead of complaining (2.7, measured).
_TIMESTAMPS = frozenset({"creationDate", "_dataUpdated", "_metadataUpdated"})
_DATES = frozenset({"date", "_news.date"})
_ISO = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:[T ](\d\d):?(\d\d):?(\d\d)(?:\.\d*)?Z?(?:\+00:00)?)?Z*\Z")
_DAY = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?Z?)?\Z")


class BadDate(Rule):
    """Dates in metadata must be ISO dates: 2024-05-01 or 2024-05-01T12:00:00Z.

    DaCHS parses creationDate when it reads the RD and fails with an exception if it cannot, which also takes down
    the validation of all other RDs on the same command line. A macro does not work there either. A `date` in another
    form makes the registry record invalid, and DaCHS leaves news without a readable date out of it.

    Bad:
        <resource schema="res"><meta name="creationDate">1.5.2024</meta></resource>
    Good:
        <resource schema="res"><meta name="creationDate">2024-05-01T12:00:00Z</meta></resource>
    See: VOResource 1.1, section 2.2.4
    """

    code, name, severity, since = "DA222", "bad-date", Severity.ERROR, "0.1"
    profile = "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for meta in written(rd):
            if meta.key in _TIMESTAMPS:
                problem = _unreadable(meta)
                if problem:
                    yield self.finding(rd, meta.location(rd), f"{meta.key} {meta.value!r} {problem}", value=meta.value,
                                       hint="write it as 2024-05-01T12:00:00Z")
            elif meta.key in _DATES and not meta.open and not _DAY.match(meta.value):
                yield self.finding(rd, meta.location(rd), f"{meta.key} {meta.value!r} is no ISO date",
                                   value=meta.value, severity=Severity.WARNING, hint="write it as 2024-05-01")


def _unreadable(meta: Meta) -> str:
    if "\\" in meta.value:
        replayed = meta.element.replayed or meta.value.startswith("\\metaString{authority")
        return "" if replayed else "has a macro; DaCHS expands none there"
    match = _ISO.match(meta.value)
    if match is None:
        return "is no ISO date"
    try:
        datetime.datetime(*(int(part) for part in match.groups("0")))  # type: ignore[arg-type]
    except ValueError:
        return "is no date of the calendar"
    return ""
