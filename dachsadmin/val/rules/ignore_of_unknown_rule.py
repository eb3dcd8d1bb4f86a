"""Rule DA091: An inline ignore names rules that there are."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from dachsadmin.check import suppress
from dachsadmin.check.rule import discover
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class IgnoreOfUnknownRule(Rule):
    """An inline ignore names rules that there are.

    With a misspelt code it silences nothing, or, worse, the reader believes that it does.

    Bad:
        <!-- dachsadmin: ignore ignore-without-raeson we know what we do -->
        <table id="t"/>
    Good:
        <!-- dachsadmin: ignore ignore-without-reason we know what we do -->
        <table id="t"/>
    See: docs/val.md, section "Ignoring in the RD"
    """

    code, name, severity, since, profile = "DA091", "ignore-of-unknown-rule", Severity.INFO, "0.1", "strict"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        comments = suppress.read(rd)
        if not comments:
            return
        rules = discover("dachsadmin.val.rules")
        for ignore in comments:
            for word in ignore.rules:
                if not any(suppress.names(word, rule.code, rule.name) for rule in rules):
                    spelt = [rule.name for rule in rules] + [rule.code for rule in rules]
                    near = difflib.get_close_matches(word, spelt, 1)
                    yield self.finding(rd, ignore.location, f"no rule is called {word!r}", value=word, hint=(
                        f"did you mean {near[0]}?" if near else "run 'dachsadmin val --explain ALL' for the list"))
