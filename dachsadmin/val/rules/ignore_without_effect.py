"""Rule DA092: An inline ignore silences something."""

from __future__ import annotations

from dachsadmin.check.suppress import Ignore
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.val.rule import Rule


class IgnoreWithoutEffect(Rule):
    """An inline ignore silences something.

    What it was written for is mended, or it stands in the wrong place; left where it is, it may hide a new fault later.
    It is told only if all rules that it names have looked at the RD.

    Bad:
        <!-- dachsadmin: ignore DA200 the unit was wrong once -->
        <resource schema="res"/>
    Good:
        <resource schema="res"/>
    See: docs/val.md, section "Ignoring in the RD"
    """

    code, name, severity, since, profile = "DA092", "ignore-without-effect", Severity.INFO, "0.1", "strict"
    stage = "ignores"

    def about(self, ignore: Ignore, rd: Document) -> Finding:
        """The finding about a comment that silenced nothing."""
        return self.finding(rd, ignore.location, f"this ignore of {', '.join(ignore.rules)} silences nothing",
                            hint="remove it")
