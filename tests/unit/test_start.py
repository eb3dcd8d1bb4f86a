"""`dachsadmin start`: questions, answers, holes, and what is never done to the operator's files."""

from __future__ import annotations

import ast
import datetime
import re
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import surveys
from hypothesis import given, settings
from hypothesis import strategies as st

from dachsadmin.cli import main
from dachsadmin.errors import ExitCode, Refused, TargetError, UsageError
from dachsadmin.rd.document import parse
from dachsadmin.rd.language import load
from dachsadmin.start import answers, catalogue, command, fill, quoting
from dachsadmin.start.survey import Field, Proposal, Reading, Survey
from dachsadmin.system.gavorc import GavoRc
from dachsadmin.system.tree import MemoryFiles
from dachsadmin.val.rules.template_hole import TemplateHole
from dachsadmin.val.site import Site

GOLDEN = Path(__file__).parents[1] / "golden" / "start" / "ssap"
SURVEY = surveys.read(GOLDEN / "survey.yaml")
SSAP = catalogue.named("ssap")
ENOUGH = ("title=Stars", "description=Some stars.", "creators=Doe, J.", "collection=Stars")
HOSTILE = "\\rdId \\sql{x} ]]> --> <script> &amp; \"'\"\"\" {{ 7 }} {% if %} %hole in it% @RA \x00\x1b\n'''); import os #"
PLACE = fill.Place("res", "res", datetime.datetime(2026, 11, 22, 12), (2, 7))


@dataclass
class Desk:
    """A terminal with somebody who has answers to questions that begin like that, one after the other; or with nobody."""

    says: dict[str, list[str]] = field(default_factory=dict)
    interactive: bool = False
    notes: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    out: str = ""

    def note(self, text: str) -> None:
        self.notes.append(text)

    def payload(self, text: str) -> None:
        self.out += text

    def ask(self, question: str) -> str:
        self.asked.append(question)
        return next((said.pop(0) for begin, said in self.says.items() if question.startswith(begin) and said), "")


def start(desk: Desk, *given: str, survey: Survey = SURVEY, **request) -> ExitCode:
    return command.run(command.Request("ssap", given, for_dachs="2.7", **request), lambda resdir: survey, desk)


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch):
    """The configuration of this machine stays out."""
    monkeypatch.setenv("GAVOSETTINGS", "/nonexistent")
    monkeypatch.setenv("GAVOCUSTOM", "/nonexistent")


@pytest.fixture
def resdir(tmp_path, monkeypatch):
    folder = tmp_path / "Bright-Stars"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_the_rd_is_written_into_the_resource_directory_with_its_name_as_schema(resdir):
    desk = Desk()
    assert start(desk, *ENOUGH) is ExitCode.OK
    text = (resdir / "q.rd").read_text(encoding="utf-8")
    assert text.startswith('<resource schema="bright_stars" resdir=".">\n')
    assert "dachs imp Bright-Stars/q" in desk.notes[-1] and "dachs imp //obscore   # once" in desk.notes[-1]
    assert "DaCHS looks for RDs in directories below /var/gavo/inputs: move this one there first" in desk.notes
    assert f"ra: {SURVEY.proposal('ra').reason}" in desk.notes, "what fills the fields is told"


@pytest.mark.parametrize(("name", "schema"), [("open", "d_open"), ("5stars", "d_5stars"), ("Größe", "gr__e")])
def test_a_directory_that_cannot_be_a_schema_gives_one_that_can(tmp_path, name, schema):
    (tmp_path / name).mkdir()
    start(Desk(), *ENOUGH, output=str(tmp_path / name / "q.rd"))
    assert f'schema="{schema}"' in (tmp_path / name / "q.rd").read_text(encoding="utf-8")


def test_a_resource_further_down_the_tree_is_called_by_its_path(tmp_path, monkeypatch):
    monkeypatch.setenv("GAVO_INPUTSDIR", str(tmp_path))
    (tmp_path / "surveys" / "stars").mkdir(parents=True)
    desk = Desk()
    start(desk, *ENOUGH, output=str(tmp_path / "surveys" / "stars" / "q.rd"))
    assert "dachs imp surveys/stars/q" in desk.notes[-1] and not any("looks for RDs" in note for note in desk.notes)
    assert '<resource schema="stars" resdir=".">' in (tmp_path / "surveys" / "stars" / "q.rd").read_text(encoding="utf-8")


def test_what_stands_beside_the_rd_is_not_offered_for_download(resdir):
    start(Desk(), *ENOUGH, survey=replace(SURVEY, pattern="*.fits"))
    rd = parse((resdir / "q.rd").read_bytes(), "res/q", "res/q.rd")
    [service] = [each for each in rd.elements("service") if each.get("id") == "sdl"]
    assert service.get("allowed") == "dlget,dlmeta"
    assert not [each for each in rd.elements("metaMaker") if each.get("semantics") == "#progenitor"]


def test_an_rd_that_is_there_is_not_overwritten_without_force(resdir):
    (resdir / "q.rd").write_text("mine")
    with pytest.raises(Refused, match="is there already"):
        start(Desk(), *ENOUGH)
    assert (resdir / "q.rd").read_text() == "mine"
    assert start(Desk(), *ENOUGH, force=True) is ExitCode.OK
    assert (resdir / "q.rd").read_text() != "mine"


def test_a_place_that_cannot_be_written_to_is_told_before_anything_is_asked(resdir):
    desk = Desk(interactive=True)
    with pytest.raises(TargetError, match="there is no directory .*/nowhere"):
        start(desk, output="nowhere/q.rd")
    assert not desk.asked and not desk.notes


def test_the_rd_goes_to_stdout_if_that_is_wanted(resdir):
    desk = Desk()
    start(desk, *ENOUGH, output="-")
    assert desk.out.startswith("<resource ") and not list(resdir.iterdir())


def test_what_nobody_answers_is_a_hole_that_val_reports_with_its_line(resdir):
    desk = Desk()
    assert start(desk, "title=Stars") is ExitCode.FINDINGS
    told = {line.rpartition("--set ")[2]: int(line.split()[2].rstrip(":")) for line in desk.notes if line.startswith("open:")}
    assert set(told) == {"description=...", "creators=...", "collection=..."}
    raw = (resdir / "q.rd").read_bytes()
    found = list(TemplateHole().check(parse(raw, "res/q", "res/q.rd"), Site("/inputs", load("2.7"), config=GavoRc(),
                                                                            files=MemoryFiles({}))))
    lines = {finding.location.line for finding in found}
    assert set(told.values()) <= lines
    assert len(found) == sum(line.count("%") // 2 for line in raw.decode().splitlines()
                             if re.search("%(description|creators|collection): ", line))


def test_on_a_terminal_what_is_not_certain_is_asked_and_enter_takes_the_proposal(resdir):
    desk = Desk({"Title": ["Stars"], "Description": ["Some stars."], "Creators": ["Doe, J."], "Short name of the coll": ["Stars"],
                 "Resolving": ["1800"]}, interactive=True)
    assert start(desk) is ExitCode.OK
    asked = " ".join(desk.asked)
    assert "Title of the collection" in asked and "[spectroscopy: these are spectra]" in asked
    assert "Diameter of the aperture in deg [leave out]" in asked
    assert "right ascension" not in asked, "the files tell that for certain"
    text = (resdir / "q.rd").read_text()
    assert '<meta name="subject">spectroscopy</meta>' in text and '<var key="power_">1800</var>' in text


def test_an_answer_that_does_not_fit_is_asked_for_again():
    desk = Desk({"Subjects": ["Nonsense!", "stars, surveys"]}, interactive=True)
    question = next(each for each in SSAP.questions if each.key == "subjects")
    [settled] = answers.settle(replace(SSAP, questions=(question,)), SURVEY, {}, command._asker(desk))
    assert settled.value == ("stars", "surveys")
    assert any("subjects cannot be 'Nonsense!'" in note for note in desk.notes)


def test_what_was_accepted_on_a_terminal_need_not_be_checked_again(resdir):
    doubtful = replace(SURVEY, proposals=(replace(SURVEY.proposal("ra"), certain=False),
                                          *(each for each in SURVEY.proposals if each.role != "ra")))
    desk = Desk(interactive=True)
    start(desk, *ENOUGH, survey=doubtful)
    assert any(f"[@RA: {SURVEY.proposal('ra').reason}]" in question for question in desk.asked)
    assert not any("please check" in note for note in desk.notes)


def test_answers_come_from_the_command_line_before_the_file_before_the_survey(resdir):
    (resdir / "a.yaml").write_text("title: From the file\ninstrument: Spectrograph\nsnr: 3\ncolumns: [data_v]\nlicence: cc0\n")
    start(Desk(), *ENOUGH[1:], "title=From --set", "redshift=float(@Z)/2", answers="a.yaml")
    text = (resdir / "q.rd").read_text(encoding="utf-8")
    assert '<meta name="title">From --set</meta>' in text and '<meta name="instrument">Spectrograph</meta>' in text
    assert '<map key="ssa_snr">3</map>' in text
    assert '<map key="ssa_redshift" nullExcs="KeyError, TypeError">float(@Z)/2</map>' in text
    assert 'name="data_v"' in text and 'name="filename"' not in text
    assert 'source="//procs#license-cc0"' in text


@pytest.mark.parametrize(("given", "message"), [
    ("titel=x", "has no question 'titel'"), ("title=", "an answer that is not empty"), ("title", "KEY=VALUE"),
    ("waveband=Purple", "one of Radio"), ("ra=@RA +", "a Python expression"), ("ra=@RA\\x", "a Python expression|backslash"),
    ("aperture=3.3/3600", "a number, or Python"), ("columns=filename, nonsense", "a field that the files have, such as "),
    ("previews=perhaps", "yes or no"), ("schema=A-B", "lower-case"),
    ("created=yesterday", "a date")])
def test_an_answer_that_cannot_be_is_refused_before_anything_is_written(resdir, given, message):
    with pytest.raises(UsageError, match=message):
        start(Desk(), *ENOUGH, given)
    assert not list(resdir.iterdir())


def test_an_answer_about_a_field_that_no_file_has_is_doubted(resdir):
    desk = Desk()
    start(desk, *ENOUGH, "ra=@RIGHT_ASC", "exposure=@DATE_OBS and @EXPTIME")
    assert "please check ra: @RIGHT_ASC (given with --set; RIGHT_ASC is none of the fields found)" in desk.notes
    assert not any("exposure" in note and "please check" in note for note in desk.notes)


def test_an_answers_file_that_is_no_yaml_is_named_with_its_line(resdir):
    (resdir / "a.yaml").write_text("title: x\n  bad: [\n")
    with pytest.raises(TargetError, match="a.yaml is no valid YAML: line"):
        start(Desk(), answers="a.yaml")


def test_data_of_another_kind_lead_to_the_template_for_them(resdir):
    with pytest.raises(TargetError) as raised:
        start(Desk(), *ENOUGH, survey=Survey("image", 1, 1))
    assert raised.value.message == "template ssap is made for spectra, and these are images"
    assert raised.value.hint == "run 'dachsadmin start NAME' with one of siap, datalink, epntap, obscore"


def test_a_version_that_nobody_knows_is_refused(resdir):
    with pytest.raises(UsageError, match="--for-dachs takes 2.3, 2.7, 2.11, 2.13, not '1.0'"):
        command.run(command.Request("ssap", ENOUGH, for_dachs="1.0"), lambda resdir: SURVEY, Desk())


def test_files_that_could_not_be_used_and_guesses_are_told(resdir):
    from dachsadmin.start.survey import Refused as RefusedFile

    doubtful = replace(SURVEY.proposals[0], certain=False)
    desk = Desk()
    start(desk, *ENOUGH, survey=replace(SURVEY, refused=(RefusedFile("data/x.fits", "it ends too early"),),
                                        remarks=("Look at it.",), proposals=(doubtful, *SURVEY.proposals[1:])))
    assert {"data/x.fits is left out: it ends too early", "Look at it."} <= set(desk.notes)
    assert any(note.startswith("please check ra: @RA (") for note in desk.notes)


def test_units_that_vounits_lacks_and_differing_headers_are_told(resdir):
    first, *others = (field for field in SURVEY.fields if not field.constant)
    desk = Desk()
    start(desk, *ENOUGH, survey=replace(SURVEY, variants=7, fields=(
        replace(first, unknown_unit="degree celsius", description="Temperature."), *others,
        *(field for field in SURVEY.fields if field.constant))))
    assert "their headers have 7 different sets of keywords; what a file lacks is NULL" in desk.notes
    assert any(note.startswith(f"VOUnits does not have the unit 'degree celsius' of {first.source}: ") for note in desk.notes)
    assert 'description="Temperature, in degree celsius."' in Path("q.rd").read_text()


def test_thousands_of_files_left_out_are_told_in_a_line_for_each_reason(resdir):
    from dachsadmin.start.survey import Refused as RefusedFile

    desk = Desk()
    start(desk, *ENOUGH, survey=replace(SURVEY, refused=tuple(
        RefusedFile(f"data/{number}.fits", "it is empty" if number else "it ends too early") for number in range(3000))))
    assert [note for note in desk.notes if "left out" in note] == [
        "data/0.fits is left out: it ends too early",
        "data/1.fits, data/2.fits, data/3.fits and 2996 more are left out: it is empty"]


def test_files_that_nobody_looked_at_may_lack_what_the_others_have(resdir):
    maps = [field for field in SURVEY.fields if not field.missing and not field.value]
    start(Desk(), *ENOUGH, survey=replace(SURVEY, total=SURVEY.looked_at), force=True)
    assert f'source="{maps[-1].source}"/>' in Path("q.rd").read_text()
    start(Desk(), *ENOUGH, survey=replace(SURVEY, total=10 * SURVEY.looked_at), force=True)
    assert f'source="{maps[-1].source}" nullExcs="KeyError"/>' in Path("q.rd").read_text()


def test_the_command_lists_templates_and_says_how_the_server_is_started(capsys):
    assert main.run(["start"]) == 0
    listed = capsys.readouterr().out
    assert "ssap, ssap+datalink " in listed
    assert len(listed.splitlines()) == len(catalogue.templates())
    assert main.run(["start", "dachs"]) == ExitCode.USAGE
    told = capsys.readouterr().err
    assert "makes an RD from a template" in told and "systemctl start dachs" in told and "dachs serve start" in told
    assert main.run(["start", "sap"]) == ExitCode.USAGE
    assert "did you mean 'dachsadmin start s" in capsys.readouterr().err


def test_the_next_release_takes_no_template(capsys):
    assert main.run(["start", "ssap", "--like", "old.rd", "--schema", "lamost6"]) == ExitCode.USAGE
    assert "--like takes the old RD in place of the template ssap" in capsys.readouterr().err


def test_the_questions_of_a_template_can_be_seen(capsys):
    assert main.run(["start", "ssap+datalink", "--questions"]) == 0
    assert "# ICRS right ascension in deg\n#ra: \n" in capsys.readouterr().out


# -- hostile text

@given(st.text(max_size=60))
@settings(max_examples=100, deadline=None)
def test_any_text_is_a_harmless_python_literal(text):
    literal = quoting.python_literal(text)
    assert ast.literal_eval(literal) == quoting.plain(text)
    assert "\\" not in literal and not re.search(r"@[A-Za-z_]", literal)


@given(st.text(max_size=60))
@settings(max_examples=100, deadline=None)
def test_any_text_is_one_sql_literal(text):
    literal = quoting.sql_literal(text)
    assert re.fullmatch(r"'(?:[^'\\%]|'')*'", literal)


def hostile(text: str) -> Survey:
    """A survey of files whose headers have such text everywhere."""
    fields = tuple(replace(each, description=text, examples=(text,), unknown_unit=text) for each in SURVEY.fields)
    odd = Field(text or "x", "odd", "text", description=text)
    return replace(SURVEY, fields=(*fields, odd), proposals=(*SURVEY.proposals, Proposal("observer", "@X", ("RA",), text)),
                   reading=Reading("fitsProdGrammar", (("qnd", text),)), remarks=(text,))


@given(st.one_of(st.just(HOSTILE), st.text(max_size=40)))
@settings(max_examples=12, deadline=None)
def test_whatever_headers_and_answers_hold_the_rd_is_well_formed_and_its_code_is_ours(text):
    words = text if text.strip() else "x"
    given = {key: (words, "x") for key in ("title", "description", "creators", "collection", "instrument", "facility", "source")}
    settled = answers.settle(SSAP, hostile(text), given)
    made = fill.fill(SSAP, hostile(text), settled, PLACE)
    calm = fill.fill(SSAP, hostile("calm"), answers.settle(SSAP, hostile("calm"), {key: ("calm", "x") for key in given}), PLACE)
    assert shape(made.text) == shape(calm.text)


def shape(text: str) -> list[tuple[str, frozenset[str], str]]:
    """The elements with their attributes, and the structure of code: what may not depend on any text of the data."""
    rd = parse(text.encode("utf-8"), "res/q", "q.rd")
    assert rd.failure is None
    return [(element.tag, frozenset(element.attrib), skeleton(element.text) if element.tag in ("map", "var") else "")
            for element in rd.order]


def skeleton(code: str) -> str:
    """Python with all constants made alike; macros and fields as names."""
    if not code.strip():
        return ""
    tree = ast.parse(re.sub(r"\\(\w+)", r"\1", re.sub(r"@(\w+)", r"\1", code)).strip(), mode="eval")
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            node.value = "x"
    return ast.dump(tree)
