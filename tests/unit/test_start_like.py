from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import pytest
import surveys
from hypothesis import given
from hypothesis import strategies as st

from dachsadmin.errors import ExitCode, Refused, TargetError, UsageError
from dachsadmin.rd.document import parse
from dachsadmin.start import like_command
from dachsadmin.start.like import Note, next_release
from dachsadmin.start.release import between
from dachsadmin.start.survey import Field, Reading, Survey
from dachsadmin.start.survey import Refused as Unusable

GOLDEN = Path(__file__).parent.parent / "golden" / "start" / "like"
NOW = datetime(2026, 11, 22, 10)
LAMOST5 = (GOLDEN / "lamost5.rd").read_bytes()
FILES = [*((name, "text") for name in ("CLASS", "DESIG", "DATE-OBS", "PLANID", "SUBCLASS")), ("OBSID", "bigint"),
         *((name, "real") for name in ("RA", "DEC", "COEFF0", "COEFF1", "Z", "EXPTIME", "SNRG")), ("NAXIS1", "integer"),
         ("LMJM", "integer")]


def document(raw=LAMOST5):
    raw = raw if isinstance(raw, bytes) else raw.encode()
    return parse(raw, "lamost5/q", "lamost5/q.rd")


def moved(raw, schema="lamost6", **options):
    return next_release(document(raw), schema, now=NOW, **options)


def resource(content, attributes='schema="lamost5"'):
    return f"<resource {attributes}>\n{content}\n</resource>"


def line_of(content, schema="lamost6", attributes='schema="lamost5"'):
    """What becomes of one line of an RD."""
    return moved(resource(content, attributes), schema).raw.decode().split("\n")[1]


def survey(*fields, file="data/dr6/a/spec-1.fits.gz", pattern="data/dr6/*.fits.gz", **changes):
    made = tuple(Field(each[0], each[0].lower(), each[1], **(each[2] if len(each) > 2 else {})) for each in fields)
    return Survey("spectrum", 200, 100, (file,), pattern, fields=made, reading=Reading("fitsProdGrammar"), **changes)


# -- a whole RD

def test_an_old_style_rd_becomes_the_next_release():
    assert moved(LAMOST5).raw == (GOLDEN / "lamost6.rd").read_bytes()


def test_each_change_is_told_with_its_line():
    notes = moved(LAMOST5).moved
    lines = (GOLDEN / "lamost6.rd").read_text().split("\n")
    assert all(note.text.rpartition(" is now ")[2] in lines[note.line - 1] for note in notes)
    assert (5, "title: DR5 is now DR6") in [(note.line, note.text) for note in notes]
    changed = {number for number, (old, new) in enumerate(zip(LAMOST5.decode().split("\n"), lines), 1) if old != new}
    assert {note.line for note in notes} == changed


def test_comments_stay_byte_for_byte():
    comments = re.compile(rb"<!--.*?-->|\n *#[^\n]*", re.DOTALL)
    assert comments.findall(moved(LAMOST5).raw) == comments.findall(LAMOST5)
    assert b"DR5" in b"".join(comments.findall(LAMOST5))


def test_news_and_sources_tell_of_the_past():
    content = """<meta name="_news" date="2019-01-01">DR5 v3</meta><meta name="source">Luo, LAMOST DR5</meta>"""
    assert line_of(content) == content
    stream = resource("<meta>\n_news: lamost5 is there\ntitle: lamost5\ncreationDate: 2018-06-14T00:00:00Z\n</meta>")
    assert moved(stream).raw.decode() == resource(
        "<meta>\n_news: lamost5 is there\ntitle: lamost6\ncreationDate: 2026-11-22T10:00:00Z\n</meta>",
        'schema="lamost6"')


# -- names of releases

@pytest.mark.parametrize(("old", "new"), [
    ("lamost5", "lamost6"), ("LAMOST5", "LAMOST6"), ("Lamost 5", "Lamost 6"), ("LAMOST DR5", "LAMOST DR6"), ("dr5", "dr6"),
    ("DR 5", "DR 6"), ("DR-5", "DR-6"), ("the Fifth Data Release", "the Sixth Data Release"),
    ("fifth public data release", "sixth public data release"), ("Data Release 5", "Data Release 6"),
    ("data/lamost5_lrs/dr5_v3/*.fits", "data/lamost6_lrs/dr6_v3/*.fits"), ("lamost5.data", "lamost6.data"),
    ("In DR5, stars", "In DR6, stars"),
    ("DR50", "DR50"), ("XDR5", "XDR5"), ("lamost55", "lamost55"), ("HD 5", "HD 5"), ("5 stars", "5 stars"),
    ("the fifth star", "the fifth star"), ("plamost5", "plamost5"),
])
def test_the_release_is_known_by_its_names(old, new):
    assert line_of(f"<title>{old}</title>") == f"<title>{new}</title>"


@pytest.mark.parametrize("text", ["matched with SDSS DR5", "as in gaia_dr5.source", "from the Rave DR5", "DR5.1"])
def test_releases_of_other_surveys_and_minor_releases_are_left_and_told(text):
    new = moved(resource(f"<title>{text}</title>"))
    assert text in new.raw.decode()
    assert [note.line for note in new.open] == [2]


def test_the_release_before_and_addresses_are_something_to_look_at():
    new = moved(resource("<title>DR4 was worse</title>\n<url>http://dr5.lamost.org/</url>"))
    assert [(note.line, note.text) for note in new.open] == [
        (2, "title: DR4 is still named; the release before the old one is named"),
        (3, "url: dr6 is now named; is there such an address?")]


@pytest.mark.parametrize(("schema", "following", "stem", "number", "new_number"), [
    ("lamost5", "lamost6", "lamost", "5", "6"), ("lamost_dr9", "lamost_dr10", "lamost", "9", "10"),
    ("gaia_dr2lite", "gaia_dr3lite", "gaia", "2", "3"), ("lamost5v1", "lamost6v1", "lamost", "5", "6"),
    ("lamost5", "lamost_dr6", "lamost", "5", "6"), ("lamost_dr5", "lamost6", "lamost", "5", "6"),
    ("lamost5", "sdss6", "", "", ""),
    ("lamost5", "lamost6v2", "", "", ""), ("lamost", "lamost6", "", "", ""), ("old", "new", "", "", ""),
])
def test_two_schemas_tell_the_releases(schema, following, stem, number, new_number):
    release = between(schema, following)
    assert (release.stem, release.number, release.new_number) == (stem, number, new_number)


def test_a_schema_that_is_a_plain_word_is_moved_only_where_it_must_be_one():
    content = '<title>the spectra of spectra.data, see spectra/q#data and "http://x/spectra/q"</title>'
    assert line_of(content, "spectra2", 'schema="spectra" resdir="spectra"') == (
        '<title>the spectra of spectra2.data, see spectra2/q#data and "http://x/spectra2/q"</title>')


@pytest.mark.parametrize(("content", "expected"), [
    ('<meta name="version">5.0</meta>', '<meta name="version">6.0</meta>'),
    ('<meta name="version">v5</meta>', '<meta name="version">v6</meta>'),
    ('<bind key="cversion">"5"</bind>', '<bind key="cversion">"6"</bind>'),
    ("<mixin ssa_cversion=\"'5'\"/>", "<mixin ssa_cversion=\"'6'\"/>"),
    ('<meta name="version">5.3</meta>', '<meta name="version">5.3</meta>'),
    ('<meta name="creationDate">2018-06-14</meta>', '<meta name="creationDate">2026-11-22</meta>'),
])
def test_versions_and_dates_are_moved_on(content, expected):
    assert line_of(content) == expected


# -- what the operator should look at

@pytest.mark.parametrize(("content", "told"), [
    ('<meta name="shortName">lamost5 spectrum</meta>', ""),
    ('<meta name="shortName">lamost5 spectrums</meta>', "the shortName 'lamost6 spectrums' has more than 16 characters"),
    ('<meta name="description">9,017,844 spectra</meta>', "the description still has the number 9,017,844"),
    ("<coverage><spatial>0/1</spatial></coverage>", "the coverage is that of the old data; an <updater/> in it makes "
     "'dachs limits' find the new one"),
    ('<coverage><updater sourceTable="data"/><spatial>0/1</spatial></coverage>', ""),
    ("<regSuite><regTest/></regSuite>", "the regression tests expect values of the old data; import the new ones, then "
     "run 'dachs test'"),
])
def test_what_is_out_of_date_is_told(content, told):
    assert [note.text for note in moved(resource(content)).open] == ([told] if told else [])


def test_schemas_without_a_release_are_told():
    notes = moved(resource("<title>DR5</title>", 'schema="spectra"'), "lamost6").open
    assert [note.text.partition(";")[0] for note in notes] == [
        "spectra and lamost6 do not tell which releases they are"]


def test_a_resource_directory_that_stays_is_told():
    notes = moved(resource("", 'schema="lamost5" resdir="spectra"')).open
    assert [note.text for note in notes] == ["the resource directory is still 'spectra'"]


# -- against the new data

def test_data_as_before_give_no_difference():
    new = moved(LAMOST5, survey=survey(*FILES))
    assert new.open == moved(LAMOST5).open


@pytest.mark.parametrize(("gone", "there", "told"), [
    ("SNRG", [("SN_G", "real")], "none of 100 files looked at has SNRG; SN_G is new"),
    ("PLANID", [("FIELD", "text")], "none of 100 files looked at has PLANID"),
    ("PLANID", [("PLANID", "text", {"missing": 7})], "7 of 100 files looked at have no PLANID"),
    ("OBSID", [("OBSID", "text")], "column obsid is bigint, OBSID is text in the new files"),
    ("LMJM", [("LMJM", "bigint")], "column lmjm is integer, LMJM is bigint in the new files"),
    ("LMJM", [("LMJM", "smallint", {"unit": "d"})], "column lmjm has the unit min, LMJM has d in the new files"),
    ("", [("FIBERID", "smallint")], "the files have what the RD does not use: FIBERID"),
])
def test_what_differs_from_the_old_description_is_told(gone, there, told):
    read = LAMOST5.replace(b'idmaps="ssa_*,planid"', b'idmaps="ssa_*"')
    kept = [each for each in FILES if each[0] != gone]
    assert told in [note.text for note in moved(read, survey=survey(*kept, *there)).open]


def test_a_lone_pattern_that_matches_nothing_is_replaced():
    new = moved(LAMOST5, survey=survey(*FILES, file="spectra/x&y/1.fits", pattern="spectra/x&y/*.fits"))
    assert b'<sources recurse="True" pattern="spectra/x&amp;y/*.fits"/>' in new.raw
    assert "no new file matches 'data/dr6/*.fits.gz'; it is now 'spectra/x&y/*.fits'" in [note.text for note in new.open]


def test_several_patterns_that_match_nothing_are_told_and_left():
    two = LAMOST5.replace(b'pattern="data/dr5/*.fits.gz"/>', b"><pattern>a/*.fits</pattern></sources>").replace(
        b'<data id="build', b'<data id="x"><sources pattern="b/*.fits"/></data><data id="build')
    new = moved(two, survey=survey(*FILES, pattern="data/*/*.gz"))
    assert [note.text for note in new.open if "matches" in note.text] == [
        "none of the new files matches 'a/*.fits'; 'data/*/*.gz' would", "none of the new files matches 'b/*.fits'; "
        "'data/*/*.gz' would"]


@pytest.mark.parametrize(("pattern", "recurse", "matches"), [
    ("data/*.fits", False, False), ("data/*.fits", True, True), ("data/*/*.fits", False, True), ("*.fits", True, True),
    ("*.gz", True, False), ("/srv/lamost6/data/a/1.*", False, True)])
def test_patterns_are_matched_as_dachs_does(pattern, recurse, matches):
    rd = resource(f'<data id="x"><sources pattern="{pattern}" recurse="{recurse}"/></data><data id="y">'
                  f'<sources pattern="{pattern}" recurse="{recurse}"/></data>')
    new = moved(rd, survey=survey(file="/srv/lamost6/data/a/1.fits"), resdir="/srv/lamost6")
    assert (not new.open) == matches


def test_names_that_the_rd_gives_itself_are_not_looked_for_in_the_files():
    rd = resource("""<table id="t"><column name="a"/></table><data id="x"><sources pattern="*"/>
      <columnGrammar><colDefs>a:1-2</colDefs></columnGrammar>
      <make table="t"><rowmaker><map key="a">@a</map></rowmaker></make></data><data id="y"><sources pattern="*"/>
      <fitsProdGrammar><mapKeys>b:B-B</mapKeys></fitsProdGrammar>
      <make table="t"><rowmaker><var key="c">@b</var><map key="a">@c+@header_["D"]+vars["E"]</map></rowmaker></make></data>""")
    new = moved(rd, survey=survey(("B-B", "real"), file="x.fits"))
    assert [note.text for note in new.open] == ["none of 100 files looked at has E"]


def test_votables_are_compared_by_the_names_that_dachs_makes_of_their_fields():
    rd = resource("""<table id="t"><column name="a"/></table><data id="x"><sources pattern="*"/><voTableGrammar/>
      <make table="t"><rowmaker><map key="a">@time_+@magnitude+@gone</map></rowmaker></make></data>""")
    fields = survey(("time", "real", {"value": "@time_"}), ("magnitude", "real"), file="x.vot")
    new = moved(rd, survey=replace(fields, kind="table", reading=Reading("voTableGrammar")))
    assert [note.text for note in new.open] == ["none of 100 files looked at has gone"]


@pytest.mark.parametrize("code", [
    'row["a"] = 1', 'row["b"], row["a"] = 1, 2', 'yield {"a": 1}', 'vars["a"] = row["X"]'])
def test_what_code_puts_into_a_row_is_not_looked_for_in_the_files(code):
    rd = resource(f"""<table id="t"><column name="c"/></table><data id="x"><sources pattern="*"/><fitsProdGrammar><rowfilter>
<code>{code}</code></rowfilter></fitsProdGrammar><make table="t"><rowmaker><map key="c">@a</map></rowmaker></make></data>""")
    assert moved(rd, survey=survey(("X", "real"), file="x.fits")).open == (
        () if "X" in code else (Note(0, "the files have what the RD does not use: X"),))


@pytest.mark.parametrize("version", ["ssap", "siap"])
def test_nothing_that_start_makes_itself_is_missed(version):
    folder = GOLDEN.parent / version
    new = next_release(parse((folder / "q.rd").read_bytes(), "res/q", "res/q.rd"), "res2", now=NOW,
                       survey=surveys.read(folder / "survey.yaml"))
    used = {"DATE_OBS", "EXPTIME", "RA", "DEC", "OBJECT"}
    assert {note.text for note in new.open if "looked at has" in note.text and not used & set(note.text.split())} == set()


# -- what cannot be

@pytest.mark.parametrize(("raw", "message"), [
    (b"<resource schema='lamost5'>\n  <table></resource>", "lamost5/q.rd:2:10: the RD does not parse: "),
    (b"", "lamost5/q.rd:1:1: the RD does not parse: the file is empty"),
    (b"<!DOCTYPE r [<!ENTITY x 'y'>]><resource schema='&x;'/>", "lamost5/q.rd:1:1: the RD does not parse: "),
    (b"<VOTABLE/>", "lamost5/q.rd:1:1: the RD does not parse: the root element is <VOTABLE>"),
    (b"<resource/>", "lamost5/q.rd has no schema that could be moved on"),
])
def test_an_rd_that_cannot_be_read_is_an_error_with_its_place(raw, message):
    with pytest.raises(TargetError) as caught:
        moved(raw)
    assert caught.value.message.startswith(message)
    assert caught.value.hint


@pytest.mark.parametrize("schema", ["lamost5", "LAMOST6", "6lamost", "la most", "x;drop", "table", "", "lamost-6"])
def test_a_schema_that_cannot_be_is_a_usage_error(schema):
    with pytest.raises(UsageError) as caught:
        moved(LAMOST5, schema)
    assert caught.value.exit_code is ExitCode.USAGE


@given(st.text(st.sampled_from("DR5 lamost<>&\"'%\\\n-!éöx./"), max_size=40), st.sampled_from(["text", "comment", "cdata"]))
def test_whatever_stands_in_an_rd_only_names_of_releases_change(text, place):
    inside = {"text": text.replace("&", "&amp;").replace("<", "&lt;"), "cdata": f"<![CDATA[{text.replace(']]>', '')}]]>",
              "comment": f"<!--{text.replace('-', '')}-->"}[place]
    raw = resource(f"<title>{inside}</title>").encode()
    new = moved(raw).raw
    if place == "comment":
        assert new == raw.replace(b'"lamost5"', b'"lamost6"')
    assert new.replace(b"6", b"5") == raw


# -- the command

@dataclass
class Told:
    """A terminal that remembers; nobody sits at it."""

    notes: list[str] = field(default_factory=list)
    written: str = ""
    interactive: bool = False

    def note(self, text):
        self.notes.append(text)

    def payload(self, text):
        self.written += text

    def ask(self, question):
        raise AssertionError("nobody can be asked")


@pytest.fixture
def tree(tmp_path, monkeypatch):
    for name in ("lamost5", "lamost6"):
        (tmp_path / name).mkdir()
    (tmp_path / "lamost5" / "q.rd").write_bytes(LAMOST5)
    monkeypatch.chdir(tmp_path / "lamost6")
    return tmp_path


def start(told, look=None, **request):
    return like_command.run(like_command.Request("../lamost5/q.rd", "lamost6", **request), look, told)


def test_the_new_rd_is_written_here_and_what_to_look_at_makes_the_exit_status(tree):
    told = Told()
    assert start(told) is ExitCode.FINDINGS
    assert b'<resource schema="lamost6" resdir="lamost6">' in (tree / "lamost6" / "q.rd").read_bytes()
    assert "q.rd:5: title: DR5 is now DR6" in told.notes
    assert [note for note in told.notes if note.startswith("please check q.rd:149: the regression tests")]


def test_nothing_to_look_at_is_success(tree):
    (tree / "lamost5" / "q.rd").write_text(resource("<title>LAMOST DR5</title>"))
    assert start(Told()) is ExitCode.OK


def test_an_rd_that_is_there_is_not_overwritten_without_force(tree):
    (tree / "lamost6" / "q.rd").write_text("mine")
    with pytest.raises(Refused):
        start(Told())
    assert (tree / "lamost6" / "q.rd").read_text() == "mine"
    start(Told(), force=True)
    assert (tree / "lamost6" / "q.rd").read_text() != "mine"


def test_an_rd_in_another_directory_than_its_resource_directory_is_told(tree):
    (tree / "dr6").mkdir()
    told = Told()
    start(told, output="../dr6/q.rd")
    assert "please check ../dr6/q.rd: DaCHS looks for the data in lamost6, and the RD is in dr6" in told.notes


def test_stdout_gets_the_rd_only_and_the_new_data_are_looked_at_from_here(tree):
    told, asked = Told(), []

    def look(resdir):
        asked.append(resdir)
        return survey(*FILES, refused=(Unusable("data/x.fits", "it is empty"),))

    start(told, look, output="-")
    date = re.search("creationDate\">([^<]*)", told.written)[1]
    assert told.written == (GOLDEN / "lamost6.rd").read_text().replace("2026-11-22T10:00:00", date)
    assert (asked, told.notes[0]) == ([str(tree / "lamost6")], "data/x.fits is left out: it is empty")
    assert not (tree / "lamost6" / "q.rd").exists()


def test_new_data_are_found_from_where_the_command_runs(tree, monkeypatch):
    monkeypatch.chdir(tree / "lamost5")
    told = Told()
    like_command.run(like_command.Request("q.rd", "lamost6", "../lamost6/q.rd"),
                     lambda resdir: survey(*FILES, file="../lamost6/data/dr6/1.fits.gz"), told)
    assert not [note for note in told.notes if "matches" in note]
