"""Many findings of one kind in one RD become few: one per wrong value, and no more than an operator reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from dachsadmin.model.finding import Finding, Fix

CAP = 20
"""So many findings of one rule in one RD are told one by one."""


def group(findings: Iterable[Finding], *, cap: int = CAP) -> list[Finding]:
    """One finding per value, with the further places; behind `cap` findings of one rule in one RD, one says “n more”.

    `cap` 0 means no limit. The worst ones are told. What is merged agrees in all but its place, its subject and its
    words; a merged finding offers the merged fix.
    """
    return _cap(_merge(findings), cap) if cap else _merge(findings)


def _merge(findings: Iterable[Finding]) -> list[Finding]:
    groups: dict[object, list[Finding]] = {}
    for number, finding in enumerate(findings):
        same = (finding.rd, finding.code, finding.value, finding.severity, finding.confidence, finding.tested)
        groups.setdefault(same if finding.value else number, []).append(finding)
    return [_one(members) if len(members) > 1 else members[0] for members in groups.values()]


def _one(members: list[Finding]) -> Finding:
    members = sorted(members, key=lambda finding: finding.location)
    first = members[0]
    places = {place for finding in members for place in (finding.location, *finding.places)} - {first.location}
    fixes = [finding.fix for finding in members if finding.fix]
    alike = [fix for fix in fixes if (fix.description, fix.safe) == (fixes[0].description, fixes[0].safe)]
    fix = Fix(alike[0].description, tuple(sorted({edit for fix in alike for edit in fix.edits},
                                                 key=lambda edit: edit.start)), alike[0].safe) if alike else None
    return replace(first, places=tuple(sorted(places)), fix=fix)


def _cap(findings: list[Finding], cap: int) -> list[Finding]:
    kept: list[Finding] = []
    groups: dict[object, list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.rd, finding.code, finding.tested), []).append(finding)
    for members in groups.values():
        members = sorted(members, key=lambda finding: (-finding.severity, -finding.confidence, finding.location))
        shown, rest = members[:cap], members[cap:]
        kept += shown
        if len(rest) == 1:
            kept += rest
        elif rest:
            kept.append(_more(rest))
    return kept


def _more(rest: list[Finding]) -> Finding:
    first = min(rest, key=lambda finding: finding.location)
    places = {place for finding in rest for place in (finding.location, *finding.places)} - {first.location}
    return replace(
        first, message=f"{len(rest)} more findings of this rule in this RD", value="", subject="", fix=None,
        hint="give --no-grouping to see them all", severity=max(finding.severity for finding in rest),
        confidence=max(finding.confidence for finding in rest), places=tuple(sorted(places)), stands_for=len(rest))
