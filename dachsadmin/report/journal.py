"""The journal for programs; docs/journal.schema.json describes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dachsadmin.journal import Entry, StepRecord
from dachsadmin.report.spelling import as_json, plain

SCHEMA_VERSION = 1
"""Counted up when something that is there now goes away or changes its meaning; additions do not count."""


def render(entries: Sequence[Entry]) -> str:
    """An object with `schema_version` and `changes`, oldest first."""
    return as_json({"schema_version": SCHEMA_VERSION, "changes": [_change(entry) for entry in entries]}, 3)


def _change(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id, "outcome": entry.outcome, "unfinished": entry.unfinished, "undoing": entry.undoing,
        "title": plain(entry.title), "command": plain(entry.command), "by": plain(entry.by),
        "version": entry.version or None, "started": entry.started or None, "ended": entry.ended or None,
        "backups": plain(entry.backups) or None, "remark": plain(entry.remark),
        "steps": [_step(step) for step in entry.steps],
        "command_lines": [plain(line) for line in entry.command_lines],
    }


def _step(step: StepRecord) -> dict[str, Any]:
    return {"id": step.id, "title": plain(step.title), "verb": step.verb, "state": step.state, "remark": plain(step.remark)}
