"""What makes a finding the same finding tomorrow, when lines have moved."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence

from dachsadmin.model.finding import Finding

# Line and column numbers, object addresses and the names that DaCHS makes of them differ from run to run.
_PASSING = re.compile(r"0x[0-9a-f]+|\b(?:def )?proc[0-9a-f]{6,}\b|\b(lines?|columns?|col\.?|at) \d+(?:[:.]\d+)?\b|"
                      r"\(\d+, ?\d+\)", re.IGNORECASE)


def fingerprint(finding: Finding) -> str:
    """32 hex digits made of the RD, the rule, and what is wrong; never of where it stands in the file.

    A finding that has several places is known by its value alone, whichever places are left; one that stands for
    the rest behind a repeat cap by its rule alone.
    """
    if finding.stands_for > 1:
        parts = [finding.rd, finding.code, "more"]
    elif finding.places and finding.value:
        parts = [finding.rd, finding.code, finding.value]
    else:
        message = " ".join(_PASSING.sub(lambda match: match[1] or "*", finding.message).split())
        parts = [finding.rd, finding.code, finding.value, finding.subject, message]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def identities(findings: Sequence[Finding]) -> list[str]:
    """A name for each finding that no other one has: its fingerprint, and the how-manieth in the file it is."""
    seen: Counter[str] = Counter()
    names = [""] * len(findings)
    for index in sorted(range(len(findings)), key=lambda index: findings[index].location):
        mark = fingerprint(findings[index])
        seen[mark] += 1
        names[index] = f"{mark}:{seen[mark]}"
    return names
