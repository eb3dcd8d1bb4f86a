"""The report for programs; docs/report.schema.json describes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from dachsadmin.model.finding import Finding, Fix, Location
from dachsadmin.model.fingerprint import identities
from dachsadmin.model.run import Run
from dachsadmin.report.order import by_place
from dachsadmin.report.spelling import as_json, exact, plain, uri
from dachsadmin.report.summary import count

SCHEMA_VERSION = 1
"""Counted up when something that is there now goes away or changes its meaning; additions do not count."""


def render(findings: Sequence[Finding], run: Run) -> str:
    """An object with `schema_version`, `findings`, `summary` and `run`."""
    told = sorted(findings, key=by_place)
    return as_json({
        "schema_version": SCHEMA_VERSION,
        "findings": [_finding(finding, name, run) for finding, name in zip(told, identities(told), strict=True)],
        "summary": _summary(findings, run),
        "run": _run(run),
    }, 2)


def _finding(finding: Finding, identity: str, run: Run) -> dict[str, Any]:
    return {
        "code": finding.code, "name": finding.name, "severity": finding.severity.label,
        "confidence": finding.confidence.label, "tested": finding.tested, "engine": finding.engine,
        "rd": plain(finding.rd), **_location(finding.location, run), "message": plain(finding.message),
        "hint": plain(finding.hint), "subject": plain(finding.subject), "value": plain(finding.value),
        "places": [_location(place, run) for place in finding.places], "stands_for": finding.stands_for,
        "fix": _fix(finding.fix), "fingerprint": identity,
    }


def _location(location: Location, run: Run) -> dict[str, Any]:
    return {"file": plain(location.file), "uri": uri(location.file, run) if location.file else None,
            "line": location.line or None, "column": location.column or None}


def _fix(fix: Fix | None) -> dict[str, Any] | None:
    if fix is None:
        return None
    edits = [{"start": edit.start, "end": edit.end, "replacement": exact(edit.replacement)} for edit in fix.edits]
    return {"description": plain(fix.description), "safe": fix.safe, "edits": edits}


def _summary(findings: Sequence[Finding], run: Run) -> dict[str, Any]:
    return {"rds_checked": run.rds_checked, **asdict(count(findings)), "baselined": run.baselined,
            "silenced": run.silenced, "baseline_vanished": run.vanished, "cache_hits": run.cache_hits,
            "fixable": sum(finding.fix is not None and finding.fix.safe for finding in findings)}


def _run(run: Run) -> dict[str, Any]:
    return {
        "tool": "dachsadmin", "version": run.version, "started": run.started, "seconds": round(run.seconds, 3),
        "targets": [plain(target) for target in run.targets], "profile": run.profile, "engines": list(run.engines),
        "dachs": run.dachs or None, "language": run.language or None,
        "fail_on": None if run.fail_on is None else run.fail_on.label, "tree": plain(run.tree) or None,
        "rules": [rule.code for rule in run.rules],
        "rds": [{"rd": plain(rd.rd), "file": plain(rd.file), "seconds": round(rd.seconds, 3), "cached": rd.cached,
                 "versions": list(rd.versions)} for rd in run.checked],
        "command": run.command,
        "trials": [{"code": trial.code, "name": trial.name, "url": uri(trial.url, run), "rd": plain(trial.rd),
                    "subject": plain(trial.subject), "seconds": round(trial.seconds, 3), "outcome": trial.outcome}
                   for trial in run.trials],
        "latencies": [{"what": one.what, "url": uri(one.url, run), "count": one.count, "median": round(one.median, 4),
                       "nine_of_ten": round(one.nine_of_ten, 4), "slowest": round(one.slowest, 4)}
                      for one in run.latencies],
        "tables": [{"table": plain(one.table), "rd": plain(one.rd), "verdict": one.verdict} for one in run.tables],
        "contributors": [{"table": plain(one.table), "rd": plain(one.rd), "rows": one.rows, "exact": one.exact,
                          "state": one.state} for one in run.contributors],
    }
