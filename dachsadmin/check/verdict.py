"""Which findings make a run fail: what --fail-on takes, and what it means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dachsadmin.errors import UsageError
from dachsadmin.model.finding import Finding, Severity

FAIL_ON: Mapping[str, Severity | None] = {
    "error": Severity.ERROR, "warning": Severity.WARNING, "info": Severity.INFO, "never": None}


def least(word: str) -> Severity | None:
    """The least severity that fails, None for never. Raises UsageError."""
    if word not in FAIL_ON:
        raise UsageError(f"--fail-on takes {', '.join(FAIL_ON)}, not {word!r}")
    return FAIL_ON[word]


def fails(findings: Iterable[Finding], fail_on: Severity | None) -> bool:
    """Whether there is a finding at or above that severity; what could not be tested does not fail."""
    return fail_on is not None and any(finding.tested and finding.severity >= fail_on for finding in findings)
