"""Noise control: many findings of one kind become few, and none is lost."""

from __future__ import annotations

from dataclasses import replace

from dachsadmin.check.grouping import group
from dachsadmin.model.finding import Edit, Finding, Fix, Location, Severity
from dachsadmin.report.summary import count


def finding(line, **changes):
    found = Finding("DA210", "unknown-unit", Severity.ERROR, "res/q", Location("res/q.rd", line, 3),
                    f"column c{line} is bad", subject=f"t.c{line}")
    return replace(found, **changes)


def test_600_columns_with_one_bad_unit_are_one_finding_with_places():
    [one] = group([finding(line, value="degree") for line in range(600, 0, -1)])
    assert one.location.line == 1 and one.message == "column c1 is bad"
    assert [place.line for place in one.places] == list(range(2, 601))
    assert one.stands_for == 1


def test_what_differs_in_value_rule_rd_or_severity_stays_apart():
    apart = [finding(1, value="degree"), finding(2, value="hours"), finding(3, value="degree", code="DA211"),
             finding(4, value="degree", rd="other/q"), finding(5, value="degree", severity=Severity.WARNING),
             finding(6, value="degree", tested=False)]
    assert sorted(group(apart), key=apart.index) == apart


def test_findings_without_a_value_are_never_merged():
    assert len(group([finding(1), finding(1)])) == 2


def test_a_merged_finding_offers_the_merged_fix():
    fixes = [Fix("write deg", (Edit(offset, offset + 6, "deg"),)) for offset in (50, 10, 30)]
    [one] = group([finding(line, value="degree", fix=fix) for line, fix in zip((5, 1, 3), fixes)])
    assert one.fix == Fix("write deg", (Edit(10, 16, "deg"), Edit(30, 36, "deg"), Edit(50, 56, "deg")))


def test_behind_the_cap_one_finding_says_how_many_more():
    many = [finding(line) for line in range(1, 31)] + [finding(31, severity=Severity.WARNING)]
    capped = group(many, cap=20)
    assert len(capped) == 21
    assert capped[-1].message == "11 more findings of this rule in this RD"
    assert capped[-1].severity is Severity.ERROR
    assert [capped[-1].location.line, *(place.line for place in capped[-1].places)] == list(range(21, 32))
    assert count(capped).errors + count(capped).warnings == 31


def test_the_cap_tells_the_worst_and_counts_each_rule_and_rd_alone():
    many = [finding(line, severity=Severity.INFO) for line in range(1, 30)] + [finding(99)]
    assert group(many, cap=3)[0].location.line == 99
    two_rds = [finding(line, rd=rd) for rd in ("a/q", "b/q") for line in range(1, 4)]
    assert group(two_rds, cap=3) == two_rds


def test_one_finding_behind_the_cap_is_told_itself():
    assert group([finding(line) for line in range(1, 5)], cap=3) == [finding(line) for line in range(1, 5)]


def test_grouping_is_idempotent():
    many = [finding(line, value=f"u{line % 30}") for line in range(1, 100)]
    assert group(group(many)) == group(many)
