"""A comment that silences nothing is told, but only if the rules that it names have looked."""

from __future__ import annotations

import pytest

from dachsadmin.check.rule import choose, discover
from dachsadmin.model.finding import Finding, Location, Severity
from dachsadmin.rd.document import parse
from dachsadmin.val.ignores import silence

RULES = discover("dachsadmin.val.rules")
RD = '<resource>\n<!-- dachsadmin: ignore {} the reason -->\n<table/>\n</resource>'


def told(words, *, ran=RULES, findings=()):
    kept, silenced = silence(findings, parse(RD.format(words).encode(), "res/q", "res/q.rd"), ran=ran)
    return [(finding.code, finding.location.line, finding.message) for finding in kept], len(silenced)


def test_a_comment_that_silences_nothing_is_told():
    assert told("DA090") == ([("DA092", 2, "this ignore of DA090 silences nothing")], 0)


def test_a_comment_that_silences_something_is_not_told():
    found = Finding("DA090", "ignore-without-reason", Severity.INFO, "res/q", Location("res/q.rd", 3, 1), "bad")
    assert told("DA090", findings=[found]) == ([], 1)


@pytest.mark.parametrize("missing", ["DA090", "DA092"])
def test_nothing_is_said_if_the_rule_has_not_looked(missing):
    assert told("DA090, DA091", ran=choose(RULES, "strict", [], [missing])) == ([], 0)


def test_unknown_rules_are_left_to_another_rule():
    assert told("DA899") == ([], 0)


def test_the_finding_about_a_comment_can_be_silenced_too():
    text = '<resource>\n<!-- dachsadmin: ignore-rd DA090, DA092 the reason -->\n</resource>'
    kept, silenced = silence([], parse(text.encode(), "res/q", "res/q.rd"), ran=RULES)
    assert (kept, [finding.code for finding in silenced]) == ([], ["DA092"])
