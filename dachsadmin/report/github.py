"""Annotations on the lines of a pull request: workflow commands that GitHub reads from a job's log."""

from __future__ import annotations

from collections.abc import Sequence

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.model.run import Run
from dachsadmin.report.order import worst_first
from dachsadmin.report.spelling import full_path, is_address, plain
from dachsadmin.report.wording import headline

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(findings: Sequence[Finding], run: Run) -> str:
    """One command per finding, worst first, since GitHub shows about ten errors and ten warnings per step."""
    return "".join(_command(finding, run) for finding in sorted(findings, key=worst_first))


def _command(finding: Finding, run: Run) -> str:
    place = finding.location
    properties = {"file": "" if is_address(place.file) else plain(full_path(place.file, run)), "line": str(place.line or ""),
                  "col": str(place.column or ""), "title": f"{finding.code} {finding.name}"}
    named = ",".join(f"{name}={_property(value)}" for name, value in properties.items() if value)
    address = f"{plain(place.file)}: " if is_address(place.file) else ""
    message = address + headline(finding) + (f"\nhint: {plain(finding.hint)}" if finding.hint else "")
    command = _COMMANDS[finding.severity] if finding.tested else "notice"
    return f"::{command} {named}::{_data(message)}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
