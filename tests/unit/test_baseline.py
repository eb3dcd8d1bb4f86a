"""A baseline keeps old findings quiet and lets new ones fail, wherever lines have moved to."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from dachsadmin.check.baseline import Baseline, Scope, compare, load, save, update
from dachsadmin.errors import ConfigurationError
from dachsadmin.model.finding import Finding, Location, Severity
from dachsadmin.system.host import Host


def finding(line=3, **changes):
    found = Finding("DA210", "unknown-unit", Severity.ERROR, "res/q", Location("res/q.rd", line, 3),
                    "column 'a' is bad", subject="t.a")
    return replace(found, **changes)


OTHER = finding(8, message="column 'b' is bad", subject="t.b")
ELSEWHERE = finding(rd="other/q", location=Location("other/q.rd", 1))


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "baseline.json")


def kept(findings, path):
    save(path, update(findings, Baseline()), Host())
    return load(path, Host())


def test_old_findings_stay_quiet_and_new_ones_do_not(path):
    baseline = kept([finding()], path)
    outcome = compare([finding(), OTHER], baseline)
    assert (outcome.new, outcome.known, outcome.vanished) == ([OTHER], [finding()], [])


def test_a_finding_is_the_same_when_lines_have_moved(path):
    assert compare([finding(line=500)], kept([finding(line=3)], path)).new == []


def test_one_more_of_the_same_is_new(path):
    baseline = kept([finding(3), finding(5)], path)
    assert compare([finding(3), finding(5)], baseline).new == []
    assert len(compare([finding(3), finding(5), finding(7)], baseline).new) == 1


def test_what_was_mended_is_told_as_vanished(path):
    outcome = compare([], kept([finding(), OTHER, ELSEWHERE], path))
    assert [(entry.rd, entry.message) for entry in outcome.vanished] == [
        ("other/q", "column 'a' is bad"), ("res/q", "column 'a' is bad"), ("res/q", "column 'b' is bad")]
    assert len(compare([finding(3)], kept([finding(3), finding(5)], path)).vanished) == 1


def test_what_was_not_checked_has_not_vanished(path):
    baseline = kept([finding(), ELSEWHERE], path)
    assert [entry.rd for entry in compare([], baseline, Scope(rds={"other/q"})).vanished] == ["other/q"]
    assert compare([], baseline, Scope(codes={"DA300"})).vanished == []
    assert compare([], kept([finding(engine="deep")], path), Scope(engines={"static"})).vanished == []


def test_an_update_of_some_rds_keeps_the_entries_of_the_others(path):
    baseline = kept([finding(), ELSEWHERE], path)
    updated = update([OTHER], baseline, Scope(rds={"res/q"}))
    assert sorted((entry.rd, entry.message) for entry in updated.entries.values()) == [
        ("other/q", "column 'a' is bad"), ("res/q", "column 'b' is bad")]


def test_an_update_without_dachs_keeps_what_dachs_found(path):
    deep = finding(engine="deep", message="from DaCHS")
    updated = update([OTHER], kept([deep, finding()], path), Scope(engines={"static"}))
    assert sorted(entry.message for entry in updated.entries.values()) == ["column 'b' is bad", "from DaCHS"]


def test_what_could_not_be_tested_is_never_kept_quiet(path):
    untested = finding(tested=False)
    baseline = kept([untested], path)
    assert baseline.entries == {}
    assert compare([untested], kept([finding()], path)).new == [untested]


def test_an_update_that_changes_nothing_writes_nothing(path):
    baseline = update([finding(), OTHER], Baseline())
    assert save(path, baseline, Host()) is True
    assert save(path, update([OTHER, finding(700)], load(path, Host())), Host()) is False


def test_the_file_has_a_line_per_entry_in_a_fixed_order(path):
    save(path, update([OTHER, finding(), ELSEWHERE], Baseline()), Host())
    text = open(path, encoding="ascii").read()
    entries = [json.loads(line.strip().rstrip(",")) for line in text.splitlines() if '"rd"' in line]
    assert [(entry["rd"], entry["message"]) for entry in entries] == [
        ("other/q", "column 'a' is bad"), ("res/q", "column 'a' is bad"), ("res/q", "column 'b' is bad")]
    save(path, Baseline(), Host())
    assert load(path, Host()) == Baseline()


def test_odd_text_survives_the_file(path):
    odd = finding(rd="r\udcff/\U0001f52d", message="\x00 \u2028 \"'")
    assert compare([odd], kept([odd], path)).new == []


@pytest.mark.parametrize("content", [
    b"", b"{", b"[]", b"\xff\xfe", b'{"a": 1}', b"[" * 100_000, b'{"dachsadmin_baseline": 2, "findings": []}',
    b'{"dachsadmin_baseline": 1}', *(b'{"dachsadmin_baseline": 1, "findings": %s}' % findings for findings in (
        b"7", b"[1]", b'[{"rd": "a"}]',
        b'[{"rd": 1, "code": "", "engine": "", "fingerprint": "", "message": "", "count": 1}]',
        b'[{"rd": "", "code": "", "engine": "", "fingerprint": "", "message": "", "count": 0}]',
        b'[{"rd": "", "code": "", "engine": "", "fingerprint": "", "message": "", "count": true}]')),
])
def test_a_broken_file_is_an_error_with_a_way_out(path, content):
    with open(path, "wb") as stream:
        stream.write(content)
    with pytest.raises(ConfigurationError, match="is broken") as caught:
        load(path, Host())
    assert "--update-baseline" in caught.value.hint


def test_a_file_that_is_not_there_or_is_none_is_an_error(path, tmp_path):
    with pytest.raises(ConfigurationError, match="does not exist"):
        load(path, Host())
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load(str(tmp_path), Host())
