"""The Code Quality report that GitLab shows in merge requests."""

from __future__ import annotations

from collections.abc import Sequence

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.model.fingerprint import identities
from dachsadmin.model.run import Run
from dachsadmin.report.order import by_place
from dachsadmin.report.spelling import as_json, full_path, plain
from dachsadmin.report.wording import with_hint

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "minor", Severity.INFO: "info"}


def render(findings: Sequence[Finding], run: Run) -> str:
    """A JSON array; the fingerprints are unique, since GitLab drops what it has seen before."""
    told = sorted(findings, key=by_place)
    return as_json([_issue(finding, name, run) for finding, name in zip(told, identities(told), strict=True)], 1)


def _issue(finding: Finding, identity: str, run: Run) -> dict[str, object]:
    return {
        "description": f"{with_hint(finding)} [{finding.code} {finding.name}]", "check_name": finding.code,
        "fingerprint": identity, "severity": _SEVERITIES[finding.severity] if finding.tested else "info",
        "location": {"path": plain(full_path(finding.location.file, run) or finding.rd or "."),
                     "lines": {"begin": max(finding.location.line, 1)}},
    }
