"""What DaCHS says becomes findings with codes, values and places like those of the static rules."""

from __future__ import annotations

from dachsadmin.check.rule import discover
from dachsadmin.model.finding import Severity
from dachsadmin.rd.document import parse
from dachsadmin.system.worker.result import DeepMessage, DeepResult
from dachsadmin.val import deep

RD = b"""<resource schema="a">
  <meta name="subject">Nonsense</meta>
  <table id="t">
    <column name="x"
      unit="erg sec-1"/>
  </table>
  <FEED source="//datalink#nix"/>
  <execute on="loaded"
    title="t">
  </execute>
  <service id="s"/>
</resource>"""


def found(family: str, text: str, *, severity: Severity = Severity.ERROR, at: tuple[int, int] = (0, 0), untested: bool = False,
          **context) -> list:
    message = DeepMessage(family, severity, text, *at, context, untested)
    return list(deep.to_findings(DeepResult("a/q", "Fail", (message,)), parse(RD, "a/q", "a/q.rd")))


def place(finding) -> tuple[int, int]:
    return finding.location.line, finding.location.column


def test_every_code_that_a_message_can_get_has_a_page():
    codes = {rule.code for rule in discover("dachsadmin.val.rules")}
    given = {*deep.BY_KIND.values(), *deep.BY_FAMILY.values(), deep.OTHER_LOAD_MESSAGE, deep.TERM_NOT_IN_VOCABULARY, deep.UNTESTED}
    assert given <= codes


def test_a_bad_unit_is_found_at_the_unit():
    finding, = found("tables", "Bad unit", kind="unit-bad", table="a.t", table_id="t", column="x", unit="erg sec-1")
    assert (finding.code, finding.value, finding.subject, place(finding)) == ("DA200", "erg sec-1", "t.x", (5, 7))
    assert finding.engine == "deep" and finding.tested


def test_each_missing_key_is_a_finding():
    findings = found("services", "Missing", kind="missing-metadata", resource="s", element="service",
                     failures=["Meta key title missing", "Meta key subject missing",
                               "productTypeServed meta only admits values from product-type, but 'x' is not in there."])
    assert [(finding.code, finding.value, finding.subject) for finding in findings] == [
        ("DA220", "title", "s"), ("DA220", "subject", "s"), ("DA225", "x", "s")]
    assert {place(finding) for finding in findings} == {(11, 3)}


def test_missing_metadata_in_other_words_is_told_as_it_is():
    finding, = found("tables", "Missing metadata: who knows", kind="missing-metadata", failures=["Meta key x is not atomic"])
    assert (finding.code, finding.message) == ("DA220", "Missing metadata: who knows")


def test_each_fault_of_a_registry_record_is_a_finding():
    findings = found("services", "Invalid registry record for service s: Element 'shortName': too long. Element 'pos': is empty.",
                     kind="registry-record", resource="s")
    assert [(finding.value, finding.message) for finding in findings] == [
        ("shortName", "Invalid registry record for service s: Element 'shortName': too long."),
        ("pos", "Invalid registry record for service s: Element 'pos': is empty.")]


def test_rest_problems_are_named_as_the_static_rule_names_them():
    findings = found("rst", "_intro metadata on x (y) has an RST problem: <string>:1: (WARNING/2) Inline emphasis start-string "
                     "without end-string. <string>:3: (ERROR/3) Unexpected indentation.", severity=Severity.WARNING, kind="rst",
                     meta="_intro", at=(1, 0))
    assert [(finding.code, finding.value, finding.subject) for finding in findings] == [
        ("DA233", "Inline emphasis start-string without end-string", "_intro"), ("DA233", "Unexpected indentation", "_intro")]


def test_a_name_is_found_in_the_element_that_dachs_was_at_the_end_of():
    finding, = found("load", "execute elements have no on attributes or children.", at=(10, 3))
    assert (finding.code, finding.value, place(finding)) == ("DA010", "execute/on", (8, 12))


def test_a_name_is_found_in_the_element_that_dachs_was_at_the_beginning_of():
    finding, = found("load", "Element with id 'nix' could not be located", at=(7, 3), looked_for="nix")
    assert (finding.value, place(finding)) == ("nix", (7, 9))


def test_a_name_that_does_not_stand_in_the_rd_is_where_dachs_says_it_is():
    finding, = found("load", "Element with id 'made' could not be located", at=(10, 3), looked_for="made")
    assert place(finding) == (10, 3)


def test_a_subject_is_found_where_it_is_written():
    finding, = found("services", "Service s has subject Nonsense", severity=Severity.WARNING, kind="subject", resource="s",
                     subject="Nonsense", at=(11, 0))
    assert (finding.code, finding.value, place(finding)) == ("DA224", "Nonsense", (2, 3))


def test_where_code_outside_of_the_rd_failed_is_told():
    finding, = found("timeout", "not done after 5 s", kind="timeout", python_file="/tree/a/bin/core.py", python_line=3)
    assert (finding.code, finding.message) == ("DA012", "not done after 5 s (/tree/a/bin/core.py, line 3)")


def test_a_fault_in_another_rd_is_told_with_its_place():
    finding, = found("load", "syntax error", file="/tree/b/q.rd", file_line=3)
    assert finding.message == "syntax error (/tree/b/q.rd, line 3)"


def test_rowmakers_are_told_by_their_table():
    finding, = found("rowmakers", "ValueError: boo", kind="exception", element="make", resource="d", table_id="t", at=(5, 0))
    assert (finding.code, finding.message) == ("DA350", "the rowmaker for table 't': ValueError: boo")


def test_what_could_not_be_tested_is_no_failure():
    finding, = found("vocabulary", "cannot be had", severity=Severity.INFO, untested=True, vocabulary="uat")
    assert (finding.code, finding.value, finding.tested) == ("DA900", "uat", False)
    finding, = found("tests", "the server does not answer", severity=Severity.INFO, untested=True, kind="server")
    assert (finding.code, finding.tested) == ("DA902", False)


def test_a_built_in_rd_has_no_lines_of_ours():
    message = DeepMessage("tables", Severity.WARNING, "UCD", 3, 0, {"kind": "ucd", "ucd": "x"})
    finding, = deep.to_findings(DeepResult("//tap", "OK", (message,)), None)
    assert (finding.code, finding.location.file) == ("DA205", "")
