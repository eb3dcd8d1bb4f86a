"""Every report format holds against its schema, its limits and against nasty text, and looks as it did before."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dachsadmin.errors import TargetError, UsageError
from dachsadmin.model.finding import Confidence, Edit, Finding, Fix, Location, Severity
from dachsadmin.model.fingerprint import identities
from dachsadmin.model.run import CheckedRd, Latency, RuleText, Run, Trial
from dachsadmin.report import github, gitlab, junit, sarif, text
from dachsadmin.report import json as json_report
from dachsadmin.report.formats import FORMATS, Report, deliver, parse_request, parse_requests
from dachsadmin.report.summary import summary
from dachsadmin.system.host import Host

TESTS = Path(__file__).parents[1]
GOLDEN = TESTS / "golden" / "report"
SCHEMAS = {"sarif": TESTS / "schemas" / "sarif-2.1.0-rtm.4.json", "json": TESTS.parent / "docs" / "report.schema.json"}

UNIT = Finding(
    "DA210", "unknown-unit", Severity.ERROR, "lamost6/q", Location("lamost6/q.rd", 12, 7), "unit 'degree' is no VOUnit",
    value="degree", subject="objects.ra", hint="write 'deg'",
    fix=Fix("write deg", (Edit(310, 316, "deg"),)),
    places=(Location("lamost6/q.rd", 14, 7), Location("lamost6/q.rd", 15, 7)))
GUESS = Finding("DA240", "odd-subject", Severity.WARNING, "lamost6/q", Location("lamost6/q.rd", 3),
                "subject 'White Dwarfs' is not in the UAT", confidence=Confidence.LOW, subject="resource")
ADVICE = Finding("DA601", "old-datalink", Severity.INFO, "arihip/q", Location("arihip/q.rd", 40, 3),
                 "an older spelling", fix=Fix("rewrite the service", (Edit(1, 2, "x"),), safe=False))
UNTESTED = Finding("DA901", "no-database", Severity.INFO, "lamost6/q", Location("lamost6/q.rd"), "no database answers",
                   hint="start PostgreSQL", tested=False)
FINDINGS = [UNIT, GUESS, ADVICE, UNTESTED]
RULE = RuleText("DA210", "unknown-unit", Severity.ERROR, "min", "0.1", Confidence.HIGH, "A unit is a VOUnit.",
                "Clients convert units.", '<column unit="degree"/>', '<column unit="deg"/>',
                ("https://www.ivoa.net/documents/VOUnits/",))
RUN = Run("0.1.0", "2026-03-01T12:00:00Z", 1.25,
          (CheckedRd("lamost6/q", "lamost6/q.rd", 0.5, versions=("2.7", "2.11")),
           CheckedRd("arihip/q", "arihip/q.rd", 0.25), CheckedRd("clean/q", "clean/q.rd", 0.0, cached=True)), ("ALL",),
          rules=(RULE,), language="2.7", tree="/home/vo/repo/inputs", directory="/home/vo/repo", baselined=4)

NASTY = ("a\x1b[31mred\x00 ]]> --> <b>&amp; %0A \r\n::error::x, {0} [link](http://x) \U0001f52d "
         "\u202e\u2028 \udcff\ud800 \ufffe")
HORROR = Finding("DA210", "unknown-unit", Severity.ERROR, "res\udcff/ü\n:q", Location("res\udcff/ü\n:q, %41.rd", 1, 1),
                 NASTY, value=NASTY, subject=NASTY, hint=NASTY, fix=Fix(NASTY, (Edit(0, 1, NASTY),)),
                 places=(Location("res\udcff/ü\n:q, %41.rd", 2, 2),))
HORRORS = [HORROR, replace(HORROR, tested=False), replace(HORROR, rd="", location=Location(""), places=()),
           *(replace(HORROR, rd=f"r{number}", tested=False) for number in range(5))]
HORRID_RUN = Run("0.1.0", "2026-03-01T12:00:00Z", 1.0, (CheckedRd("res\udcff/ü\n:q", "res\udcff/ü\n:q.rd"),), (NASTY,),
                 tree="/\udcfe", directory="/\udcfe")


@pytest.mark.parametrize("name", FORMATS)
def test_the_report_is_as_it_was(name):
    """To accept a change: PYTHONPATH=. python3 tests/unit/test_report.py, then read the diff."""
    assert FORMATS[name](FINDINGS, RUN) == (GOLDEN / name).read_text(encoding="utf-8")


ADDRESS = "http://vo.example.org/getproduct/a b?preview=True&x=%41"
ASKED = Finding("DP301", "linked-file", Severity.ERROR, "lamost6/q", Location(ADDRESS), "a #preview link answers 404",
                engine="probe", places=(Location("http://vo.example.org/other"),))
ASKING = Run("0.1.0", "2026-03-01T12:00:00Z", 1.25, command="probe", engines=("probe",), directory="/home/vo",
             trials=(Trial("DP301", "linked-file", "http://vo.example.org/dl", "lamost6/q", "lamost6/q/dl", 0.5, "error"),
                     Trial("DP302", "unknown-identifier", "http://vo.example.org/dl", "lamost6/q", "lamost6/q/dl", 0.25, "ok")),
             latencies=(Latency("cutout", "http://vo.example.org/dlget", 20, 0.031, 0.045, 0.08),))


def test_an_address_is_a_place_in_every_report():
    made = {name: render([ASKED], ASKING) for name, render in FORMATS.items()}
    for name, schema in SCHEMAS.items():
        jsonschema.validate(json.loads(made[name]), json.loads(schema.read_text(encoding="utf-8")))
    assert f"{ADDRESS}: error: a #preview link" in made["text"]
    assert "http://vo.example.org/dl: ok after 0.25 s [DP302 unknown-identifier]" in made["text"]
    assert "cutout: median 31 ms, nine of ten within 45 ms, slowest 80 ms (20 requests)" in made["text"]
    place = json.loads(made["sarif"])["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place == {"uri": "http://vo.example.org/getproduct/a%20b?preview=True&x=%41"}
    assert made["github"].startswith(f"::error title=DP301 linked-file::{ADDRESS.replace('%', '%25')}: a #preview")
    cases = {case.get("name"): case for case in ElementTree.fromstring(made["junit"]).iter("testcase")}
    assert {name: (case.get("time"), case.get("file"), case.find("failure") is None) for name, case in cases.items()} == {
        "DP301 linked-file": ("0.500", None, False), "DP302 unknown-identifier": ("0.250", None, True)}
    assert summary([ASKED], ASKING).startswith("2 checks of 1 service: 1 error; ")


@pytest.mark.parametrize("name", FORMATS)
def test_no_text_breaks_a_report(name):
    made = FORMATS[name](HORRORS, HORRID_RUN)
    made.encode("utf-8")
    assert not [char for char in made if char != "\n" and (ord(char) < 32 or 0x7f <= ord(char) < 0xa0)]
    assert not set(made) & set("\u2028\u2029\u202e\ufffe\x00")
    if name in ("json", "gitlab", "sarif"):
        json.loads(made)
    if name in SCHEMAS:
        jsonschema.validate(json.loads(made), json.loads(SCHEMAS[name].read_text(encoding="utf-8")))
    if name == "junit":
        ElementTree.fromstring(made)


ANY = st.text(st.characters(), max_size=30)
LOCATIONS = st.builds(Location, ANY, st.integers(0, 9), st.integers(0, 9))
ANYTHING = st.builds(
    Finding, st.just("DA210"), st.just("unknown-unit"), st.sampled_from(Severity), ANY, LOCATIONS, ANY, value=ANY, hint=ANY,
    places=st.lists(LOCATIONS, max_size=2).map(tuple), tested=st.booleans(), stands_for=st.integers(1, 3),
    fix=st.none() | st.builds(Fix, ANY, st.tuples(st.builds(Edit, st.just(0), st.just(1), ANY))))


@given(st.lists(ANYTHING, max_size=5), ANY, ANY)
def test_no_text_at_all_breaks_a_report(findings, tree, directory):
    run = replace(RUN, tree=tree, directory=directory)
    made = {name: render(findings, run) for name, render in FORMATS.items()}
    for name in ("json", "gitlab", "sarif"):
        json.loads(made[name].encode("utf-8"))
    ElementTree.fromstring(made["junit"].encode("utf-8"))
    assert len(made["github"].splitlines()) == len(findings)


def test_a_finding_about_no_file_is_told_too():
    nowhere = replace(GUESS, rd="", location=Location(""))
    assert text.render([nowhere], RUN).startswith("site: warning: ")
    assert github.render([nowhere], RUN).startswith("::warning title=")
    assert json.loads(gitlab.render([nowhere], RUN))[0]["location"]["path"] == "."
    assert results([nowhere])[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "."


@pytest.mark.parametrize("name", FORMATS)
def test_a_report_does_not_depend_on_the_order_of_findings(name):
    assert FORMATS[name](FINDINGS[::-1], RUN) == FORMATS[name](FINDINGS, RUN)


@pytest.mark.parametrize("name", FORMATS)
def test_a_run_without_findings_has_a_valid_report(name):
    made = FORMATS[name]([], RUN)
    if name in SCHEMAS:
        jsonschema.validate(json.loads(made), json.loads(SCHEMAS[name].read_text(encoding="utf-8")))
    if name == "gitlab":
        assert json.loads(made) == []
    if name == "junit":
        assert [case.get("name") for case in ElementTree.fromstring(made).iter("testcase")] == ["no findings"] * 3


@pytest.mark.parametrize("name", SCHEMAS)
def test_structured_reports_follow_their_schema(name):
    schema = json.loads(SCHEMAS[name].read_text(encoding="utf-8"))
    log = json.loads(FORMATS[name](FINDINGS, RUN))
    jsonschema.validate(log, schema)
    broken = {"runs": [{}]} if name == "sarif" else {"findings": [{**log["findings"][0], "severity": "bad"}]}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**log, **broken}, schema)


def test_every_property_of_the_json_report_is_in_its_schema():
    schema = json.loads(SCHEMAS["json"].read_text(encoding="utf-8"))
    parts = schema["$defs"]
    made = json.loads(json_report.render([UNIT], RUN))
    assert set(made) == set(schema["properties"])
    assert set(made["findings"][0]) == set(parts["finding"]["properties"]) | set(parts["location"]["properties"])
    assert set(made["summary"]) == set(parts["summary"]["properties"])
    assert set(made["run"]) == set(parts["run"]["properties"])


# -- text

def test_each_finding_is_one_line_that_grep_can_find():
    found = [line for line in text.render(FINDINGS, RUN).splitlines() if not line.startswith(" ")]
    assert found == [
        "inputs/arihip/q.rd:40:3: info: an older spelling [DA601 old-datalink]",
        "inputs/lamost6/q.rd: untested: no database answers [DA901 no-database]",
        "inputs/lamost6/q.rd:3: warning: subject 'White Dwarfs' is not in the UAT [DA240 odd-subject] (low confidence)",
        "inputs/lamost6/q.rd:12:7: error: unit 'degree' is no VOUnit [DA210 unknown-unit]",
        "inputs/lamost6/q.rd: can run on DaCHS 2.7, 2.11",
    ]


def test_many_places_are_told_in_short():
    many = replace(UNIT, places=tuple(Location("lamost6/q.rd", line) for line in range(20, 619)))
    shown = text.render([many], RUN).splitlines()
    assert "    also at lines 20, 21, 22, 23, 24, 25, 26, 27, 28, 29 and 589 more" in shown
    elsewhere = replace(UNIT, places=(Location("other.rd", 3, 4),))
    assert "    also at inputs/other.rd:3:4" in text.render([elsewhere], RUN).splitlines()


def test_what_could_not_be_tested_in_many_rds_is_told_once():
    many = [replace(UNTESTED, rd=f"r{number}/q", location=Location(f"r{number}/q.rd")) for number in range(80)]
    assert text.render(many, RUN).splitlines()[0] == (
        "80 RDs: untested: no database answers [DA901 no-database] (r0/q, r1/q, r2/q and 77 more)")
    assert "r1/q.rd: untested" in text.render(many[:2], RUN)


def test_paths_are_relative_to_where_we_were_called_if_they_are_below_it():
    elsewhere = replace(RUN, directory="/root")
    assert text.render([ADVICE], elsewhere).startswith("arihip/q.rd:40:3: ")
    assert github.render([ADVICE], elsewhere).startswith("::notice file=/home/vo/repo/inputs/arihip/q.rd,")
    inside = replace(RUN, directory="/home/vo/repo/inputs/arihip")
    assert text.render([ADVICE], inside).startswith("q.rd:40:3: ")


# -- sarif

def results(findings, run=RUN):
    return json.loads(sarif.render(findings, run))["runs"][0]["results"]


def test_sarif_fingerprints_survive_when_lines_move():
    moved = [replace(finding, location=Location(finding.location.file, 500 + finding.location.line, 1))
             for finding in FINDINGS]
    moved[0] = replace(moved[0], places=(Location("lamost6/q.rd", 777),))
    prints = [result["partialFingerprints"] for result in results(FINDINGS)]
    assert [result["partialFingerprints"] for result in results(moved)] == prints


def test_equal_findings_get_different_fingerprints():
    twice = [GUESS, replace(GUESS, location=Location("lamost6/q.rd", 9))]
    assert len({result["partialFingerprints"]["primaryLocationLineHash"] for result in results(twice)}) == 2


def test_a_fingerprint_does_not_depend_on_lines_and_addresses_in_a_message():
    one = replace(GUESS, message="in proc7fd25e2a96d0 at line 12: <x object at 0x7fd25e>")
    other = replace(GUESS, message="in proc1112223334 at line 99: <x object at 0xabc>")
    assert identities([one]) == identities([other])
    assert identities([one]) != identities([replace(one, message="in proc7fd25e2a96d0 at line 12: something else")])


def test_sarif_keeps_the_worst_findings_and_says_so():
    many = [replace(ADVICE, location=Location("a.rd", line)) for line in range(1, 5001)] + [UNIT]
    log = json.loads(sarif.render(many, RUN))["runs"][0]
    assert len(log["results"]) == 5000
    assert log["results"][0]["ruleId"] == "DA210"
    assert "5000 of 5001" in log["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]


def test_sarif_keeps_at_most_a_thousand_places():
    many = replace(UNIT, places=tuple(Location("lamost6/q.rd", line) for line in range(20, 2000)))
    [result] = results([many])
    assert len(result["locations"]) + len(result["relatedLocations"]) == 1000


def test_sarif_names_files_by_uris_that_hold_any_path():
    odd = replace(ADVICE, location=Location("a b/c:d%/\udcff\n.rd", 1))
    place = results([odd])[0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place == {"uri": "inputs/a%20b/c%3Ad%25/%FF%0A.rd", "uriBaseId": "%SRCROOT%"}
    outside = replace(ADVICE, location=Location("/var/gavo/etc/userconfig.rd", 1))
    place = results([outside])[0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place == {"uri": "file:///var/gavo/etc/userconfig.rd"}


def test_sarif_tells_the_page_of_each_rule_that_fired_and_of_no_other():
    log = json.loads(sarif.render([UNIT, GUESS], replace(RUN, rules=(RULE, replace(RULE, code="DA999")))))["runs"][0]
    rules = log["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["DA210", "DA240"]
    assert rules[0]["helpUri"] == "https://www.ivoa.net/documents/VOUnits/"
    assert '<column unit="degree"/>' in rules[0]["help"]["text"]
    assert [rules[result["ruleIndex"]]["id"] for result in log["results"]] == ["DA210", "DA240"]


def test_sarif_messages_hold_no_placeholders_and_no_links():
    [result] = results([replace(GUESS, message="{0} and [b](c) and a[1] {x}")])
    assert result["message"]["text"] == r"{{0}} and \[b\](c) and a[1] {x}"


def test_what_could_not_be_tested_is_no_alert_on_the_code():
    log = json.loads(sarif.render([UNTESTED], RUN))["runs"][0]
    assert log["results"] == []
    assert log["invocations"][0]["toolExecutionNotifications"][0]["associatedRule"] == {"id": "DA901"}


# -- junit, github, gitlab

def cases(run=RUN):
    found = ElementTree.fromstring(junit.render(FINDINGS, run)).iter("testcase")
    return {(case.get("classname"), case.get("name")): [child.tag for child in case] for case in found}


def test_a_junit_case_fails_exactly_if_the_run_does():
    assert cases() == {
        ("lamost6/q", "DA210 unknown-unit"): ["failure"], ("lamost6/q", "DA240 odd-subject"): ["system-out"],
        ("lamost6/q", "DA901 no-database"): ["skipped"], ("arihip/q", "DA601 old-datalink"): ["system-out"],
        ("clean/q", "no findings"): []}
    assert cases(replace(RUN, fail_on=Severity.WARNING))["lamost6/q", "DA240 odd-subject"] == ["failure"]
    assert cases(replace(RUN, fail_on=None))["lamost6/q", "DA210 unknown-unit"] == ["system-out"]


def test_junit_counts_are_those_of_its_cases():
    top = ElementTree.fromstring(junit.render(FINDINGS, RUN))
    for group in (top, *top.findall("testsuite")):
        assert int(group.get("tests")) == len(list(group.iter("testcase")))
        assert int(group.get("failures")) == len(list(group.iter("failure")))
        assert int(group.get("skipped")) == len(list(group.iter("skipped")))


def test_github_shows_the_worst_first_and_nothing_ends_a_command_early():
    made = github.render([ADVICE, replace(UNIT, message="100%\nsure, file: x", location=Location("a,b:c.rd", 1))], RUN)
    assert made.splitlines()[0] == ("::error file=inputs/a%2Cb%3Ac.rd,line=1,title=DA210 unknown-unit::100%25 sure, "
                                    "file: x (and 2 more places)%0Ahint: write 'deg'")
    assert made.splitlines()[1].startswith("::notice ")


def test_gitlab_fingerprints_are_unique():
    issues = json.loads(gitlab.render([UNIT, GUESS, GUESS, GUESS], RUN))
    assert len({issue["fingerprint"] for issue in issues}) == 4
    assert {issue["location"]["path"] for issue in issues} == {"inputs/lamost6/q.rd"}


# -- summary, requests, delivery

def test_the_summary_counts_what_the_report_tells():
    assert summary(FINDINGS, RUN) == ("3 RDs checked: 1 error, 1 warning, 1 information, 1 could not be tested; "
                                      "4 findings in the baseline; 1.2 s, 1 from cache")
    assert summary([], Run("0.1.0")) == "no RD checked: no findings; 0.0 s"
    assert summary([replace(GUESS, stands_for=12)], replace(RUN, baselined=0, silenced=2, vanished=1)) == (
        "3 RDs checked: 12 warnings; 2 ignored in the RDs; 1 baseline entry gone; 1.2 s, 1 from cache")


def test_a_request_names_a_format_and_perhaps_a_file():
    assert parse_request("json") == Report("json", "-") == parse_request("json:-")
    assert parse_request("sarif:out:1.sarif") == Report("sarif", "out:1.sarif")


@pytest.mark.parametrize(("words", "message"), [
    (["sarfi"], "there is no report format 'sarfi'"),
    (["json:"], "--report json: names no file"),
    (["text", "json"], "two reports, text and json, both go to stdout"),
    (["text:a", "json:./a"], "two reports, text and json, both go to ./a"),
])
def test_a_request_that_cannot_work_is_refused(words, message):
    with pytest.raises(UsageError, match=message):
        parse_requests(words)


def test_a_report_in_a_directory_that_is_not_there_is_refused_before_the_work():
    with pytest.raises(TargetError, match="does not exist"):
        parse_requests(["json:/nowhere/at/all.json"])


def test_several_reports_are_delivered_at_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.xml").write_text("old")
    (tmp_path / "old.xml").chmod(0o640)
    stdout = io.BytesIO()
    deliver(parse_requests(["text", "json:a.json", "junit:old.xml"]), FINDINGS, RUN, host=Host(), stdout=stdout)
    assert stdout.getvalue().decode() == text.render(FINDINGS, RUN)
    assert (tmp_path / "a.json").read_text(encoding="utf-8") == json_report.render(FINDINGS, RUN)
    assert (tmp_path / "old.xml").read_text(encoding="utf-8") == junit.render(FINDINGS, RUN)
    assert (tmp_path / "old.xml").stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "old.xml"]


if __name__ == "__main__":
    for name, render in FORMATS.items():
        (GOLDEN / name).write_text(render(FINDINGS, RUN), encoding="utf-8")
