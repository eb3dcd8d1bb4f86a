"""Comments in an RD silence what they cover, and nothing else."""

from __future__ import annotations

import pytest

from dachsadmin.check.suppress import apply, read
from dachsadmin.model.finding import Finding, Location, Severity
from dachsadmin.rd.document import parse


def silenced_lines(text: str, code="DA210", name="unknown-unit", encoding="utf-8") -> list[int]:
    """The lines on which a finding of the rule would be silenced; 0 is a finding without a line."""
    rd = parse(text.encode(encoding), "res/q", "res/q.rd")
    assert rd.root is not None
    findings = [Finding(code, name, Severity.ERROR, "res/q", Location("res/q.rd", line, 3 if line else 0), "bad")
                for line in range(text.count("\n") + 2)]
    outcome = apply(findings, rd)
    assert len(outcome.kept) + len(outcome.silenced) == len(findings)
    return [finding.location.line for finding in outcome.silenced]


BEFORE = """<resource schema="res">
  <!-- dachsadmin: ignore DA210 the unit is historic -->
  <table id="t">
    <column name="a"/>
  </table>
  <table id="u"/>
</resource>"""


def test_a_comment_covers_the_element_that_begins_next_with_all_it_contains():
    assert silenced_lines(BEFORE) == [3, 4, 5]


@pytest.mark.parametrize("words", ["DA210", "unknown-unit", "DA2", "DA100,DA210", "DA100, unknown-unit"])
def test_codes_names_and_lists_are_understood(words):
    assert silenced_lines(BEFORE.replace("DA210", words)) == [3, 4, 5]


@pytest.mark.parametrize("words", ["DA211", "DA", "unknown", "*", "all", "da210"])
def test_another_word_silences_nothing(words):
    assert silenced_lines(BEFORE.replace("DA210", words)) == []


def test_a_comment_behind_an_element_on_its_line_covers_that_element():
    assert silenced_lines("""<resource schema="res">
  <column name="a"/>
  <column name="b"/> <!-- dachsadmin: ignore DA210 historic -->
  <column name="c"/>
</resource>""") == [3]


def test_a_comment_behind_an_end_tag_covers_the_element_that_ends_there():
    assert silenced_lines("""<resource schema="res">
  <meta name="description">
    text
  </meta> <!-- dachsadmin: ignore DA210 historic -->
  <column name="c"/>
</resource>""") == [2, 3, 4]


def test_a_comment_behind_a_tag_of_several_lines_covers_its_element():
    assert silenced_lines("""<resource schema="res">
  <column name="b"
    unit="degree"/> <!-- dachsadmin: ignore DA210 historic -->
  <column name="c"/>
</resource>""") == [2, 3]


def test_a_comment_behind_a_start_tag_covers_the_element_that_begins_there():
    assert silenced_lines("""<resource schema="res">
  <table id="t"> <!-- dachsadmin: ignore DA210 historic -->
    <column name="a"/>
  </table>
  <column name="c"/>
</resource>""") == [2, 3, 4]


def test_a_comment_between_two_elements_of_a_line_covers_the_second():
    rd = parse(b"<resource><a/><!-- dachsadmin: ignore DA210 x --><b/></resource>", "r", "r.rd")
    [ignore] = read(rd)
    assert (ignore.begin, ignore.end) == (Location("r.rd", 1, 50), Location("r.rd", 1, 54))


def test_a_comment_before_an_end_tag_covers_the_element_that_it_stands_in():
    assert silenced_lines("""<resource schema="res">
  <table id="t">
    <column name="a"/>
    <!-- dachsadmin: ignore DA210 historic -->
  </table>
  <column name="c"/>
</resource>""") == [2, 3, 4, 5]


@pytest.mark.parametrize("text", [
    "<!-- dachsadmin: ignore DA210 x -->\n<resource>\n<a/>\n</resource>",
    "<resource>\n<!-- dachsadmin: ignore-rd DA210 x -->\n<a/>\n</resource>",
    "<resource>\n<a/>\n</resource>\n<!-- dachsadmin: ignore DA210 x -->",
])
def test_a_comment_can_cover_the_whole_rd_and_findings_without_a_line(text):
    assert silenced_lines(text) == [0, 1, 2, 3, 4]


def test_columns_count_on_a_line_with_several_elements():
    rd = parse("<resource>é<a/><!-- dachsadmin: ignore DA210 x --><b/><c/></resource>".encode(), "r", "r.rd")
    places = [rd.location(element) for tag in "abc" for element in rd.elements(tag)]
    findings = [Finding("DA210", "unknown-unit", Severity.ERROR, "r", place, "bad") for place in places]
    assert [finding.location for finding in apply(findings, rd).silenced] == [places[1]]


def test_other_comments_and_comments_in_cdata_silence_nothing():
    assert silenced_lines("<resource>\n<!-- ignore DA210 x -->\n<a/>\n</resource>") == []
    assert silenced_lines("<resource>\n<a><![CDATA[<!-- dachsadmin: ignore DA210 x -->\n]]></a></resource>") == []


def test_the_reason_and_what_silences_nothing_are_told():
    rd = parse(BEFORE.encode(), "res/q", "res/q.rd")
    [ignore] = apply([], rd).idle
    assert (ignore.rules, ignore.reason, ignore.location.line) == (("DA210",), "the unit is historic", 2)


def test_a_comment_that_silences_something_is_not_idle():
    rd = parse(BEFORE.encode(), "res/q", "res/q.rd")
    found = Finding("DA210", "unknown-unit", Severity.ERROR, "res/q", Location("res/q.rd", 4, 5), "bad")
    assert apply([found], rd).idle == []


def test_an_rd_that_is_no_xml_silences_nothing():
    rd = parse(b"<!-- dachsadmin: ignore DA006 x --><resource>", "res/q", "res/q.rd")
    found = Finding("DA006", "not-well-formed", Severity.ERROR, "res/q", Location("res/q.rd", 1, 1), "bad")
    assert apply([found], rd).kept == [found]


def test_lines_are_right_with_other_encodings_and_line_ends():
    text = '<?xml version="1.0" encoding="iso-8859-1"?>' + BEFORE.replace("historic", "älter")
    assert silenced_lines(text, encoding="iso-8859-1") == [3, 4, 5]
    assert silenced_lines(BEFORE.replace("\n", "\r\n")) == [3, 4, 5]
