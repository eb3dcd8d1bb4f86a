"""The plan of the demo: what it would do where, that its own steps can be done again and undone, and whom it refuses."""

from __future__ import annotations

import json

import pytest
from fakes import FakeHost

from dachsadmin.demo import command, lamost, proof, site
from dachsadmin.demo.population import SEED, population
from dachsadmin.demo.site import MARK, MARK_FILE, Site
from dachsadmin.demo.steps import GenerateSpectra, MakeOwnFolder, RunToWrite
from dachsadmin.demo.vocabularies import NAMES, GetVocabularies, bare
from dachsadmin.errors import EnvironmentFault, ExitCode, Refused, TargetError
from dachsadmin.journal import Journal
from dachsadmin.plan import Plan, Step, apply, undo
from dachsadmin.system.command import Completed
from dachsadmin.system.dachs import INTERPRETER
from dachsadmin.system.gavorc import GavoRc
from dachsadmin.verbs import WriteFile, recreate

DATA = "/var/gavo/inputs/lamost5/data"
AUTHORITY = {("ivoa", "authority"): "vo.example.org"}


@pytest.fixture
def host(tmp_path):
    (tmp_path / "root").mkdir()
    host = FakeHost(tmp_path / "root", {("dachs",): ""})
    for folder in ("/etc", "/var/gavo/inputs"):
        host.make_folder(folder)
    return host


@pytest.fixture
def looked(tmp_path):
    """What is seen where gavo.rc says this and these RDs are published; the tree is inputs/ in the test's directory."""
    inputs = tmp_path / "inputs"
    inputs.mkdir()

    def look(section: str = "[ivoa]\nauthority: vo.example.org\n", published=()) -> Site:
        rc = tmp_path / "gavo.rc"
        rc.write_text(f"[general]\ninputsDir: {inputs}\n{section}")
        return site.look(FakeHost("/", {("dachs",): ""}), {"GAVOSETTINGS": str(rc)}, published=lambda config: list(published))
    return look


def here(**changes) -> Site:
    return Site(**{"config": GavoRc(AUTHORITY), "rc": "/etc/gavo.rc", "own_rc": False, "operator": "dachsroot", **changes})


def steps(host, where: Site) -> dict[str, Step]:
    return {step.id: step for step in command.plan(host, where, 200, INTERPRETER).steps}


# -- where

def test_a_machine_without_dachs_is_told_how_to_get_it(tmp_path):
    with pytest.raises(EnvironmentFault, match="no DaCHS") as error:
        site.look(FakeHost(tmp_path), {}, published=lambda config: [])
    assert "apt-get install gavodachs2-server" in error.value.hint


@pytest.mark.parametrize("published", [["mine/q"], ["__system__/tap", "mine/q", "lamost5/q"]])
def test_a_server_with_other_published_resources_is_refused(looked, published):
    with pytest.raises(Refused, match="mine/q"):
        looked(published=published)


def test_what_dachs_itself_and_the_demo_publish_is_no_hindrance(looked):
    assert looked(published=["__system__/tap", "lamost5/q"]).authority == "vo.example.org"


def test_a_directory_of_that_name_that_is_somebodys_is_refused(looked, tmp_path):
    folder = tmp_path / "inputs/lamost5"
    folder.mkdir()
    with pytest.raises(Refused, match="not of this demo"):
        looked()
    (folder / MARK_FILE).write_text(MARK)
    assert looked().folder == str(folder)


def test_a_configuration_without_authority_is_not_touched(looked):
    with pytest.raises(TargetError, match="no authority") as error:
        looked("[web]\nserverURL: http://vo.example.org\n")
    assert "[ivoa]" in error.value.hint


def test_where_there_is_no_configuration_the_demo_brings_a_marked_one(host):
    plan = steps(host, here(config=GavoRc(), own_rc=True))
    assert list(plan)[:2] == ["stop", "gavo-rc"]
    assert isinstance(plan["gavo-rc"].action, WriteFile) and plan["gavo-rc"].action.content.startswith(MARK)
    assert "authority: dachsadmin.demo" in plan["gavo-rc"].action.content
    assert "ivo://dachsadmin.demo/" in plan["serve"].action.text
    assert not {"gavo-rc", "stop"} & set(steps(host, here()))


# -- what

def test_commands_run_as_whoever_owns_the_tree(host):
    plan = steps(host, here(operator="anna"))
    assert {plan[name].action.user for name in ("obscore", "import", "limits", "publish")} == {"anna"}
    assert plan["import"].action.preview(host) == ("$ runuser -u anna -- dachs imp lamost5/q",)


def test_a_configuration_elsewhere_is_named_to_every_command(host):
    plan = steps(host, here(rc="/srv/gavo.rc"))
    for name in ("val", "obscore", "import", "limits", "publish", "serve"):
        assert "env GAVOSETTINGS=/srv/gavo.rc " in plan[name].action.preview(host)[0]


def test_where_there_is_systemd_it_runs_the_server(host):
    assert steps(host, here())["serve"].action.start == ("dachs", "serve", "start")
    host.make_folder("/run/systemd/system")
    assert steps(host, here())["serve"].action.start == ("systemctl", "start", "dachs")


def test_every_step_can_be_undone_and_survives_the_journal(host):
    for step in command.plan(host, here(own_rc=True), 200, INTERPRETER).steps:
        assert step.action.stays == ""
        assert recreate(step.action.verb, step.action.arguments()) == step.action


def test_only_changes_that_still_stand_are_taken_away(host):
    journal = Journal(host)
    for title in (command.TITLE, "something else", command.TITLE):
        apply(Plan(title, (Step("a", "write a", WriteFile("/etc/a", f"{len(journal.entries())}\n")),)), host, journal)
    assert [entry.id for entry in command.changes(journal)] == [3, 1]
    undo(journal, host, 3)
    assert [entry.id for entry in command.changes(journal)] == [1]


def test_what_to_try_names_this_server():
    told = command.to_try(here(config=GavoRc({("web", "serverurl"): "http://vo.example.org:8000/"})))
    assert "http://vo.example.org:8000/tap" in told and "{" not in told


# -- spectra

def test_spectra_are_made_once_finished_when_some_are_missing_and_taken_away_alone(host):
    step = GenerateSpectra(DATA, 12, SEED, "dachsroot:gavo")
    names = sorted(lamost.file_name(target) for target in population(12))
    seen = []
    host.make_folder(DATA)
    host.write_atomic(f"{DATA}/mine.txt", "mine")
    host.write_atomic(f"{DATA}/{names[0]}", "of an earlier change")
    before = step.before(host, "/backups")
    assert not step.done(host)
    with host.showing(lambda what, done, total: seen.append((done, total))):
        step.do(host, before)
    assert step.done(host) and host.names(DATA) == ["mine.txt", *names] and seen[0] == (0, 12) and seen[-1] == (12, 12)
    assert host.mode_and_owner(f"{DATA}/{names[1]}") == (0o644, "dachsroot:gavo")
    host.remove(f"{DATA}/{names[1]}")
    step.do(host, before)
    assert step.done(host) and host.text(f"{DATA}/{names[0]}") == "of an earlier change"
    host.write_atomic(f"{DATA}/{names[2]}", "calibrated better")
    step.undo(host, before)
    assert host.names(DATA) == ["mine.txt", names[0], names[2]]


# -- what is the operator's

@pytest.mark.parametrize(("edited", "stays"), [("<resource/>", False), ("<resource>mine</resource>", True)])
def test_an_rd_is_removed_unless_it_was_edited(host, edited, stays):
    path = "/var/gavo/inputs/lamost5/q.rd"
    host.make_folder("/var/gavo/inputs/lamost5")
    host.replies["start", "ssap"] = lambda host: host.write_atomic(path, "<resource/>") or ""
    step = RunToWrite(("start", "ssap"), path)
    before = step.before(host, "/backups")
    assert not step.done(host)
    step.do(host, before)
    assert step.done(host)
    host.write_atomic(path, edited)
    for _ in range(2):
        step.undo(host, before)
        assert host.exists(path) == stays


def test_a_folder_goes_with_what_was_drawn_in_it_and_nothing_else(host):
    step = MakeOwnFolder("/var/gavo/inputs/lamost5/previews", "dachsroot:gavo", drawn="bGFt")
    step.undo(host, {})
    for names, left in ((["bGFt1", "bGFt2"], []), (["bGFt1", "logo.png"], ["logo.png"])):
        host.make_folder(step.path)
        for name in names:
            host.write_atomic(f"{step.path}/{name}", "picture")
        step.undo(host, {})
        assert host.names(step.path) == left and host.exists(step.path) == bool(left)


def test_what_stays_is_named_at_the_end(tmp_path):
    host, folder = FakeHost("/"), tmp_path / "lamost5"
    assert command.farewell(host, str(folder)) == "the demo is gone"
    (folder / "data").mkdir(parents=True)
    for name in ("q.rd", *(f"data/{number:02}" for number in range(12))):
        (folder / name).touch()
    told = command.farewell(host, str(folder)).splitlines()
    assert told[1:] == [f"  {folder}/q.rd", *(f"  {folder}/data/{number:02}" for number in range(9)), "  and 3 more"]


def test_where_others_are_published_by_now_the_way_on_leaves_what_they_need(host):
    journal = Journal(host)
    steps = tuple(Step(name, f"write {name}", WriteFile(f"/etc/{name}", f"{name}\n")) for name in ("gavo-rc", "mark", "obscore"))
    apply(Plan(command.TITLE, steps), host, journal)
    with pytest.raises(Refused, match="mine/q") as error:
        site.demand_no_others(["lamost5/q", "mine/q"], command.way_without_what_others_need(command.changes(journal)))
    assert error.value.hint.startswith("run 'dachsadmin undo 1 --leave obscore --leave gavo-rc'")


# -- vocabularies

def test_vocabularies_that_are_there_are_left_alone_and_those_that_were_lent_go_again(host):
    cache = "/var/gavo/cache"
    step = GetVocabularies(cache, "dachsroot:gavo", "/etc/gavo.rc", INTERPRETER, "gavo")
    host.make_folder(cache)
    files = {name: f"{cache}/http:=2F=2Fwww.ivoa.net=2Frdf=2F{name.replace('/', '=2F')}" for name in NAMES}
    host.write_atomic(files["uat"], "{}")
    before = step.before(host, "/backups")
    assert not step.done(host) and "uat" not in before["missing"]
    for name in before["missing"]:
        host.write_atomic(files[name], bare(name))
    assert step.done(host)
    step.undo(host, before)
    assert [f"{cache}/{name}" for name in host.names(cache)] == [files["uat"]]


def test_a_lent_vocabulary_has_the_terms_in_the_form_that_dachs_reads():
    lent = json.loads(bare("uat"))
    assert lent["uri"] == "http://www.ivoa.net/rdf/uat" and len(lent["terms"]) > 2000
    assert lent["terms"]["virtual-observatories"]["label"] == "Virtual observatories"


# -- the proof

@pytest.mark.parametrize(("tests", "probe", "code", "said"), [
    (0, Completed((), 0, "all is well\n"), ExitCode.OK, "all is well"),
    (0, Completed((), 1, "the preview is gone\n"), ExitCode.FINDINGS, "the preview is gone"),
    (Completed((), 1, "one of three\n"), Completed((), 0, "all is well\n"), ExitCode.FINDINGS, "one of three"),
])
def test_it_is_proven_by_the_tests_and_the_probe(proving, tests, probe, code, said):
    proven = proving(tests, probe)
    assert proven.exit_code == code and said in proven.report
    assert [line.split()[-1] for line in proven.command_lines] == ["lamost5/q", "lamost5/q"]


def test_a_probe_that_gives_up_is_an_error_with_its_reason(proving):
    with pytest.raises(EnvironmentFault, match="gave up: there is no pyvo"):
        proving(0, Completed((), 4, "", "asking\nerror: there is no pyvo\nhint: install it\n"))


@pytest.fixture
def proving(host):
    """What comes of it where the regression tests and the probe end like this."""
    def prove(tests, probe) -> proof.Proven:
        where = here(operator="root")
        tested, probed = command.checks(where)
        host.replies |= {tested: tests, probed: probe}
        return proof.prove(host, where, Silence())
    return prove


class Silence:
    def note(self, text: str) -> None:
        pass
