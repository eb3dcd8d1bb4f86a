"""What both engines say is told once; what only one of them says is never lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dachsadmin.model.finding import Finding, Location, Severity
from dachsadmin.val.merge import merged, without_vocabulary


def said(code: str, *, line: int = 3, value: str = "", subject: str = "", severity: Severity = Severity.ERROR,
         message: str = "m", engine: str = "deep", rd: str = "a/q", tested: bool = True) -> Finding:
    return Finding(code, "n", severity, rd, Location("a/q.rd", line), message, value=value, subject=subject, engine=engine,
                   tested=tested)


def static(code: str, **facts) -> Finding:
    return said(code, engine="static", **facts)


@pytest.mark.parametrize(("ours", "theirs"), [
    (static("DA200", value="x", subject="t.c"), said("DA200", value="x", subject="t.c", line=9)),
    (static("DA200", value="x"), said("DA200", value="x", subject="s.t.c")),
    (static("DA220", value="title", subject="a"), said("DA220", value="title", subject="b", line=9)),
    (static("DA101"), said("DA010")),
    (static("DA120", value="nix", line=8), said("DA010", value="nix")),
    (static("DA135", value="foo", line=8), said("DA350", value="foo")),
    (static("DA300"), said("DA353")),
    (static("DA221", subject="s"), said("DA352", subject="s", message="Element 'shortName': too long")),
])
def test_what_a_static_rule_has_told_is_not_told_again(ours, theirs):
    assert merged([ours], [theirs]) == [ours]


@pytest.mark.parametrize(("ours", "theirs"), [
    (static("DA200", value="x", subject="t.c"), said("DA200", value="y", subject="t.c")),
    (static("DA200", value="x", subject="t.c"), said("DA200", value="x", subject="t.d", line=9)),
    (static("DA200", value="x"), said("DA201", value="x")),
    (static("DA200", value="x", subject="t.c"), said("DA200", value="x", subject="t.c", rd="b/q")),
    (static("DA201", severity=Severity.WARNING), said("DA010")),
    (static("DA101", line=4), said("DA010")),
    (static("DA101", tested=False), said("DA010")),
    (static("DA201", severity=Severity.WARNING), said("DA014", severity=Severity.WARNING)),
    (static("DA221", subject="s"), said("DA352", subject="s", message="Element 'shortName': x; Element 'title': y")),
])
def test_what_only_dachs_says_is_told(ours, theirs):
    assert merged([ours], [theirs]) == [ours, theirs]


def test_a_missing_vocabulary_is_one_finding_however_many_rds_it_concerns():
    one = said("DA900", value="uat", tested=False)
    told = without_vocabulary("uat", [one, replace(one, rd="b/q")])
    assert (told.rd, told.tested) == ("", False) and "2 RDs" in told.message and "--update-vocabularies" in told.hint
