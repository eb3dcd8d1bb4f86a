"""What a finding says in one string, for formats that have room for no more, and how numbers are told."""

from __future__ import annotations

from dachsadmin.model.finding import Finding
from dachsadmin.report.spelling import plain


def counted(number: int, one: str, many: str = "") -> str:
    """`1 RD`, `2 RDs`; `many` is the plural if it is not made with an s."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def headline(finding: Finding) -> str:
    """The message, with what it would be wrong to leave out: that nothing was tested, and how many places there are."""
    message = plain(finding.message) if finding.tested else f"could not be tested: {plain(finding.message)}"
    if not finding.places or finding.stands_for > 1:
        return message
    return f"{message} (and {counted(len(finding.places), 'more place')})"


def with_hint(finding: Finding) -> str:
    return headline(finding) + (f" (hint: {plain(finding.hint)})" if finding.hint else "")
