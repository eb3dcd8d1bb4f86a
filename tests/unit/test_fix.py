"""Fixes change what they name and not a byte else, come to rest, and are never written over somebody's work."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dachsadmin.errors import TargetError
from dachsadmin.model.finding import Edit, Finding, Fix, Severity
from dachsadmin.rd.document import parse
from dachsadmin.rd.edit import apply, diff, fault
from dachsadmin.system.host import Host
from dachsadmin.val.fix import mend, write

RD = b"""<resource schema="res">
  <!-- layout   and comments stay -->
  <table id="t">
    <column name="a"   unit='degree'/>
    <column name="b" unit="degree" />
  </table>
</resource>
"""


def document(raw=RD):
    return parse(raw, "res/q", "res/q.rd")


def replacing(rd, old: bytes, new: str, which=0) -> Fix:
    start = [match.start() for match in re.finditer(re.escape(old), rd.raw)][which]
    return Fix(f"write {new}", (Edit(start, start + len(old), new),))


def check(rd, old=b"degree", new="deg", safe=True) -> list[Finding]:
    """A rule: wherever `old` stands in an RD, `new` would be right."""
    return [Finding("DA210", "unknown-unit", Severity.ERROR, rd.rd_id, rd.location_at(match.start()), "bad unit",
                    fix=Fix(f"write {new}", (Edit(match.start(), match.end(), new),), safe))
            for match in re.finditer(re.escape(old), rd.raw)]


# -- editing

def test_all_other_bytes_stay():
    edited = apply(document(), [replacing(document(), b"degree", "deg", 1), replacing(document(), b"degree", "deg")])
    assert edited.raw == RD.replace(b"degree", b"deg")
    assert fault(document(), edited) == ""


@pytest.mark.parametrize(("raw", "new", "expected"), [
    (b"\xef\xbb\xbf<resource a='x'/>", "é", b"\xef\xbb\xbf<resource a='\xc3\xa9'/>"),
    (b"<?xml version='1.0' encoding='iso-8859-1'?>\n<resource a='x'>\xe9\xfc</resource>", "é",
     b"<?xml version='1.0' encoding='iso-8859-1'?>\n<resource a='\xe9'>\xe9\xfc</resource>"),
    (b"<?xml version='1.0' encoding='iso-8859-1'?>\n<resource a='x'/>", "\u03b1",
     b"<?xml version='1.0' encoding='iso-8859-1'?>\n<resource a='&#945;'/>"),
    (b"<resource\r\n a='x'>\r\n</resource>\r\n", "1\n2", b"<resource\r\n a='1\r\n2'>\r\n</resource>\r\n"),
    (b"<resource\n a='x'>\n</resource>", "1\n2", b"<resource\n a='1\n2'>\n</resource>"),
])
def test_encoding_byte_order_mark_and_line_ends_are_kept(raw, new, expected):
    rd = document(raw)
    start = raw.index(b"a='x") + 3
    edited = apply(rd, [Fix("x", (Edit(start, start + 1, new),))])
    assert edited.raw == expected
    assert fault(rd, edited) == ""


def test_a_fix_that_conflicts_with_an_earlier_one_is_skipped_whole():
    rd = document()
    first = replacing(rd, b"degree", "deg")
    second = Fix("both", (*replacing(rd, b"degree'", "arcsec'").edits, *replacing(rd, b'id="t"', 'id="u"').edits))
    edited = apply(rd, [first, second])
    assert edited.raw == RD.replace(b"degree", b"deg", 1)
    assert edited.skipped == ((second, "another fix changes the same place"),)


def test_two_findings_with_the_same_fix_are_both_served():
    rd = document()
    edited = apply(rd, [replacing(rd, b"degree", "deg"), replacing(rd, b"degree", "deg")])
    assert (len(edited.applied), edited.raw) == (2, RD.replace(b"degree", b"deg", 1))


@pytest.mark.parametrize(("edits", "reason"), [
    ((), "it changes nothing"), ((Edit(0, 9, "<resource"),), "it changes nothing"),
    ((Edit(5, 4, ""),), "it is about bytes that are not there"),
    ((Edit(0, 10_000, ""),), "it is about bytes that are not there"),
    ((Edit(3, 6, "a"), Edit(5, 7, "b")), "its edits overlap"),
    ((Edit(3, 3, "a"), Edit(3, 3, "b")), "its edits overlap"),
])
def test_a_fix_that_cannot_be_applied_is_skipped_with_the_reason(edits, reason):
    edited = apply(document(), [Fix("x", edits)])
    assert (edited.raw, edited.applied, edited.skipped[0][1]) == (RD, (), reason)


@pytest.mark.parametrize(("old", "new", "reason"), [
    (b"<table", "<table <", "the result would be no RD"), (b"</table>", "", "the result would be no RD"),
    (b"stay -->", "stay", "the result would be no RD"), (b"<resource", "<table", "the result would be no RD"),
])
def test_an_edit_that_breaks_the_rd_is_noticed(old, new, reason):
    rd = document()
    assert fault(rd, apply(rd, [replacing(rd, old, new)])).startswith(reason)


@pytest.mark.parametrize(("before", "after"), [
    ("<!--", "-->"), ("<meta>", "</meta>"), ("<![CDATA[", "]]>"), ("</table><table>", "")])
def test_an_edit_that_swallows_or_moves_what_it_does_not_name_is_noticed(before, after):
    rd = document()
    start, end = RD.index(b"<column"), RD.index(b"</table>")
    fix = Fix("x", (Edit(start, start, before), Edit(end, end, after)))
    assert fault(rd, apply(rd, [fix])) == "the result would change what no edit names"


@pytest.mark.parametrize(("old", "new"), [
    (b"<column name=\"b\" unit=\"degree\" />", ""), (b"  </table>", "    <column name='c'/>\n  </table>"),
    (b"<!-- layout   and comments stay -->", "<meta name='a'>b</meta>"), (b" unit='degree'", ""),
    (b"<table id=\"t\">", "<table id='u' onDisk='True'>"), (b"<resource", "<?xml version='1.0'?>\n<resource"),
])
def test_an_edit_may_add_and_remove_elements_and_attributes(old, new):
    rd = document()
    edited = apply(rd, [replacing(rd, old, new)])
    assert (fault(rd, edited), edited.raw) == ("", RD.replace(old, new.encode(), 1))


@given(st.lists(st.tuples(st.integers(0, len(RD)), st.integers(0, 12), st.text("ab <>'\n", max_size=4)), max_size=6))
def test_whatever_the_edits_the_rest_of_the_bytes_is_untouched(wanted):
    edited = apply(document(), [Fix("x", (Edit(start, min(start + length, len(RD)), text),))
                                for start, length, text in wanted])
    position, rest = 0, edited.raw
    for start, end, replacement in edited.spans:
        before = RD[position:start] + replacement
        assert rest.startswith(before)
        rest, position = rest[len(before):], end
    assert rest == RD[position:]
    assert len(edited.applied) + len(edited.skipped) == len(wanted)


# -- the diff

@pytest.mark.children
@pytest.mark.skipif(not shutil.which("patch"), reason="the program patch is not installed")
@pytest.mark.parametrize("before", [
    RD, RD.rstrip(), RD.replace(b"\n", b"\r\n"), RD.replace(b"layout", b"l\xe4yout\x0c\r")])
def test_the_diff_is_one_that_patch_takes(before, tmp_path):
    after = before.replace(b"degree", b"deg").rstrip(b"\r\n")
    (tmp_path / "q.rd").write_bytes(before)
    subprocess.run(["patch", "--binary", "-p1"], input=diff(before, after, "/q.rd"), cwd=tmp_path, check=True,
                   capture_output=True)
    assert (tmp_path / "q.rd").read_bytes() == after


def test_the_diff_of_nothing_is_empty():
    assert diff(RD, RD, "q.rd") == b""
    assert b"--- a/res/q.rd\n+++ b/res/q.rd\n@@ " in diff(RD, RD.replace(b"degree", b"deg"), "res/q.rd")


# -- mending

def test_mending_applies_every_safe_fix_and_a_second_run_does_nothing():
    mended = mend(document(), check(document()), check)
    assert (mended.raw, len(mended.applied), mended.skipped) == (RD.replace(b"degree", b"deg"), 2, ())
    again = mend(document(mended.raw), check(document(mended.raw)), check)
    assert (again.changed, again.applied) == (False, ())


def test_fixes_that_appear_only_after_others_are_applied_too():
    def chain(rd):
        return check(rd, b"degree", "grad") + check(rd, b"grad", "deg")

    assert mend(document(), chain(document()), chain).raw == RD.replace(b"degree", b"deg")


def test_fixes_that_conflict_are_applied_one_after_the_other():
    def two(rd):
        return (check(rd, b"degree'", "deg'") + check(rd, b"unit='degree'", "unit='deg'")
                + check(rd, b"name=\"b\"", "name='b'"))

    mended = mend(document(), two(document()), two)
    assert mended.raw == RD.replace(b"'degree'", b"'deg'").replace(b'name="b"', b"name='b'")
    assert mended.skipped == ()


def test_what_a_comment_silences_is_not_mended():
    rd = document(RD.replace(b"<!-- layout   and comments stay -->", b"<!-- dachsadmin: ignore DA210 historic -->\n<a/>")
                  .replace(b"    <column name=\"a\"", b"    <!-- dachsadmin: ignore DA210 historic --><column name=\"a\""))
    mended = mend(rd, check(rd), check)
    assert mended.raw == rd.raw.replace(b'"degree"', b'"deg"')


def test_unsafe_fixes_are_not_applied():
    assert not mend(document(), check(document(), safe=False), check).changed


def test_a_fix_that_breaks_the_rd_is_left_out_and_the_others_are_applied():
    def rules(rd):
        return check(rd, b"<table", "<table <") + check(rd)

    mended = mend(document(), rules(document()), rules)
    assert mended.raw == RD.replace(b"degree", b"deg")
    assert [(finding.fix.description, reason.split(":")[0]) for finding, reason in mended.skipped] == [
        ("write <table <", "the result would be no RD")]


@pytest.mark.parametrize("new", ["Degree", "degreedegree"])
def test_fixes_that_never_come_to_an_end_change_nothing(new):
    def rules(rd):
        return check(rd, b"degree", new) + check(rd, b"Degree", "degree")

    mended = mend(document(), rules(document()), rules)
    assert not mended.changed and mended.applied == ()
    assert {reason for _finding, reason in mended.skipped} == {"the fixes never come to an end"}


def test_a_mended_rd_is_written_with_its_mode_and_only_if_it_changed(tmp_path):
    path = tmp_path / "q.rd"
    path.write_bytes(RD)
    path.chmod(0o664)
    mended = mend(document(), check(document()), check)
    assert write({str(path): mended}, Host()) == []
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (RD.replace(b"degree", b"deg"), 0o664)
    stamp = path.stat().st_mtime_ns
    again = document(path.read_bytes())
    assert write({str(path): mend(again, check(again), check)}, Host()) == []
    assert path.stat().st_mtime_ns == stamp
    assert os.listdir(tmp_path) == ["q.rd"]


def test_a_file_that_somebody_changed_meanwhile_is_left_alone_and_the_others_are_written(tmp_path):
    changed, good = tmp_path / "a.rd", tmp_path / "b.rd"
    changed.write_bytes(RD + b"\n")
    good.write_bytes(RD)
    mended = mend(document(), check(document()), check)
    [failure] = write({str(changed): mended, str(good): mended}, Host())
    assert isinstance(failure, TargetError) and "has changed since it was checked" in failure.message
    assert changed.read_bytes() == RD + b"\n"
    assert good.read_bytes() == mended.raw
