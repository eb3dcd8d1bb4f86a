"""Brings what DaCHS says together with what the static rules found: nothing is told twice, nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from dachsadmin.model.finding import Finding, Location

NO_VOCABULARY = "DA900"
MISSING_METADATA = "DA220"
"""One static finding tells of all that lack a key."""
WARNING = "DA014"
RECORD, SHORT_NAME = "DA352", "DA221"
REFUSALS = frozenset({"DA010", WARNING, "DA350", "DA353"})
"""What DaCHS says in its own words, of things that many static rules are about."""


def merged(findings: list[Finding], deep: Iterable[Finding]) -> list[Finding]:
    """All findings of both engines, without those of DaCHS that a static rule has made already."""
    known: dict[str, list[Finding]] = {}
    for finding in findings:
        known.setdefault(finding.rd, []).append(finding)
    return findings + [finding for finding in deep
                       if not any(_says_the_same(other, finding) for other in known.get(finding.rd, ()))]


def _says_the_same(static_one: Finding, deep_one: Finding) -> bool:
    """Whether a static rule has told already what DaCHS says.

    DaCHS stops loading at the first fault: an error that was found in the same line, or about the same name, is what it
    stumbled over.
    """
    near = 0 < static_one.location.line == deep_one.location.line
    alike = static_one.value == deep_one.value
    if deep_one.code in REFUSALS:
        same = near and deep_one.code != WARNING or alike and bool(deep_one.value)
        return static_one.severity >= deep_one.severity and static_one.tested and same
    if deep_one.code == RECORD and static_one.code == SHORT_NAME:
        about = set(re.findall(r"Element '(\w+)'", deep_one.message))
        return about == {"shortName"} and static_one.subject == deep_one.subject
    if static_one.code != deep_one.code or not alike:
        return False
    return static_one.subject == deep_one.subject or near or static_one.code == MISSING_METADATA


def without_vocabulary(name: str, findings: list[Finding]) -> Finding:
    """One finding for all RDs that a missing vocabulary kept from being tested."""
    rds = f"{len(findings)} RDs" if len(findings) > 1 else findings[0].rd
    return replace(findings[0], rd="", location=Location(""), message=f"DaCHS could not test {rds} against the vocabulary "
                   f"{name}, which is not in its cache", hint="run 'dachsadmin val --update-vocabularies'")
