"""In which order findings are told."""

from __future__ import annotations

from dachsadmin.model.finding import Finding, Location


def by_place(finding: Finding) -> tuple[Location, str, str]:
    """RD by RD, line by line."""
    return finding.location, finding.code, finding.message


def worst_first(finding: Finding) -> tuple[bool, int, int, Location, str, str]:
    """Errors before warnings, sure ones before guesses, what could not be tested last."""
    return (not finding.tested, -finding.severity, -finding.confidence, *by_place(finding))
