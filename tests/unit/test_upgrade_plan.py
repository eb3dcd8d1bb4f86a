"""Upgrade plans: what detectors answer, what becomes of their answers, and how it is told."""

from __future__ import annotations

import json
import random
from pathlib import Path

import jsonschema
import pytest
from fakes import FakeHost
from hypothesis import given, settings
from hypothesis import strategies as st

from dachsadmin.cli import change, main, output
from dachsadmin.errors import EnvironmentFault, ExitCode, TargetError, UsageError
from dachsadmin.rd.language import load as language
from dachsadmin.system import dachs
from dachsadmin.system.gavorc import GavoRc
from dachsadmin.system.postgres import DatabaseUnreachable
from dachsadmin.system.tree import MemoryFiles
from dachsadmin.upgrade import catalogue, command, facts, planner, rendering
from dachsadmin.upgrade.catalogue import Action, Cost, Verification
from dachsadmin.upgrade.commands import Command, Phase
from dachsadmin.upgrade.detector import Always, Answer, Detector, Evidence, Verdict, yes
from dachsadmin.upgrade.facts import Facts, Folders, Tree
from dachsadmin.val import static
from dachsadmin.val.site import Site
from dachsadmin.val.targets import Target

ROOT = Path(__file__).parents[2]
CATALOGUE = catalogue.load()
NOTHING = facts.nothing(26, "DaCHS 2.3")


class Rows:
    """A database that answers some queries, by a piece of them; all others have no rows."""

    scratch = False

    def __init__(self, answers=(), fault=None):
        self.answers, self.fault = dict(answers), fault

    def __str__(self):
        return "gavo"

    def rows(self, query, parameters=()):
        if self.fault:
            raise self.fault
        return next((rows for piece, rows in self.answers.items() if piece in query), [])


def tree(**rds: str) -> Tree:
    """A service tree; `lamost_q` is the RD lamost/q."""
    files = {f"/inputs/{name.replace('_', '/')}.rd": text.encode() for name, text in rds.items()}
    site = Site("/inputs", language("2.13"), files=MemoryFiles(files))
    read = [static.read(Target(path[len("/inputs/"):-3], path), site) for path in files]
    return Tree(site, tuple(rd for rd in read if rd.root is not None), tuple(rd.rd_id for rd in read if rd.root is None))


def known(folders=None, schema=26, **parts) -> Facts:
    given = {"tree": NOTHING.tree, "database": NOTHING.database, "config": NOTHING.config, "packages": NOTHING.packages}
    return Facts(**(given | parts), folders=Folders(folders or {}), schema=schema, schema_of="gavo")


def detector(**told) -> Detector:
    return Detector.told(told, "test")


MIXIN = '<resource schema="a"><table id="t" onDisk="True"><mixin>//obscore#publishSSAPHCD</mixin></table></resource>'
PLAIN = '<resource schema="a"><table id="t" onDisk="True"/></resource>'
USES = {"what": "a mixin", "uses": "//obscore#publishSSAPHCD", "example": MIXIN, "counterexample": PLAIN}
BROKEN = "<resource>"
SCHEMA = {"schema": {"below": 30}}
UNKNOWN = {"rule": "epntap-shape"}
NO = {"schema": {"below": 2}}


@pytest.mark.parametrize(("told", "at_hand", "verdict", "reason"), [
    (SCHEMA, known(), "applies", "gavo has schema 26, and needs 30"),
    (SCHEMA, known(schema=30), "does not apply", "gavo has schema 30"),
    ({"rd": USES}, known(tree=tree(a_q=MIXIN, b_q=PLAIN)), "applies", "1 of 2 RDs has a mixin"),
    ({"rd": USES}, known(tree=tree(b_q=PLAIN)), "does not apply", "none of 1 RDs has a mixin"),
    ({"rd": USES}, known(tree=tree()), "does not apply", "the service tree has no RD"),
    ({"rd": USES}, known(), "cannot tell", "without the service tree"),
    ({"rd": USES}, known(tree=tree(b_q=BROKEN)), "cannot tell", "without an RD that can be read"),
    ({"rd": USES}, known(tree=tree(a_q=PLAIN, b_q=BROKEN)), "does not apply", "none of 1 RDs has a mixin (1 cannot be read)"),
    ({"rd": USES}, known(tree=tree(a_q=MIXIN, b_q=BROKEN)), "applies", "1 of 1 RDs has a mixin"),
    ({"rule": "force-unique"}, known(tree=tree(a_q=PLAIN.replace("onDisk", "forceUnique"))), "applies",
     "1 of 1 RDs has what 'dachsadmin val' calls force-unique"),
    ({"rule": "force-unique"}, known(tree=tree(a_q=PLAIN)), "does not apply",
     "none of 1 RDs has what 'dachsadmin val' calls force-unique"),
    (UNKNOWN, known(), "cannot tell", "without the service tree"),
    ({"rule": "outdated-ssa-indexes"}, known(tree=tree(a_q=PLAIN)), "cannot tell", "without the database"),
    ({"sql": {"what": "old rows", "query": "SELECT x"}}, known(database=Rows({"x": [("one", "__system__/tap", 7)]})), "applies",
     "in the database: old rows"),
    ({"sql": {"what": "old rows", "query": "SELECT x"}}, known(database=Rows()), "does not apply", "not in the database: old rows"),
    ({"sql": {"what": "old rows", "query": "SELECT x"}}, known(), "cannot tell", "without the database"),
    ({"sql": {"what": "old rows", "query": "SELECT x"}}, known(database=Rows(fault=DatabaseUnreachable("it went away"))),
     "cannot tell", "without the database"),
    ({"postgres": {"has": "type", "name": "smoc"}}, known(database=Rows({"to_regtype('smoc')": [(1,)]})), "applies",
     "in the database: the type smoc"),
    ({"postgres": {"has": "function", "name": "f"}}, known(database=Rows()), "does not apply", "not in the database: the function f"),
    ({"postgres": {"has": "extension", "name": "q3c"}}, known(), "cannot tell", "without the database"),
    ({"config": {"section": "web", "item": "logFormat", "matches": "^combined$"}},
     known(config=GavoRc({("web", "logformat"): "combined"})), "applies", "[web]logFormat is combined"),
    ({"config": {"section": "web", "item": "logFormat", "matches": "^combined$"}}, known(config=GavoRc()), "does not apply",
     "[web]logFormat is set otherwise"),
    ({"config": {"section": "web", "item": "adsMirror", "matches": "."}}, known(config=GavoRc()), "does not apply",
     "[web]adsMirror is not set"),
    ({"config": {"section": "web", "item": "logFormat", "matches": "."}}, known(), "cannot tell", "without gavo.rc"),
    ({"package": "gavodachs*"}, known(packages={"gavodachs-server": "1.4"}), "applies", "installed: gavodachs-server 1.4"),
    ({"package": {"name": "python3-gavo", "below": "2.10"}}, known(packages={"python3-gavo": "2.9+dfsg-1"}), "applies",
     "installed: python3-gavo 2.9+dfsg-1"),
    ({"package": {"name": "python3-gavo", "below": "2.9"}}, known(packages={"python3-gavo": "2.10+dfsg-1"}), "does not apply",
     "no package python3-gavo below 2.9 is installed"),
    ({"package": "x"}, known(), "cannot tell", "without dpkg"),
    ({"package": "postgresql-{major}-q3c"}, known(packages={"postgresql-15-q3c": "2"}), "cannot tell", "without the database"),
    ({"package": "postgresql-{major}-q3c"}, known(packages={"postgresql-15-q3c": "2"}, database=Rows({"SHOW": [("15.18",)]})),
     "applies", "installed: postgresql-15-q3c 2"),
    ({"not": SCHEMA}, known(), "does not apply", "gavo has schema 26, and needs 30"),
    ({"not": NO}, known(), "applies", "gavo has schema 26"),
    ({"not": UNKNOWN}, known(), "cannot tell", "without the service tree"),
    ({"all": [SCHEMA, UNKNOWN, NO]}, known(), "does not apply", "gavo has schema 26"),
    ({"all": [SCHEMA, UNKNOWN]}, known(), "cannot tell", "without the service tree"),
    ({"all": [SCHEMA, SCHEMA]}, known(), "applies", "gavo has schema 26, and needs 30"),
    ({"any": [NO, UNKNOWN, SCHEMA]}, known(), "applies", "gavo has schema 26, and needs 30"),
    ({"any": [NO, UNKNOWN, {"package": "x"}]}, known(), "cannot tell", "without the service tree and dpkg"),
    ({"any": [NO, NO]}, known(), "does not apply", "gavo has schema 26"),
])
def test_detectors_say_what_they_know_and_what_they_lack(told, at_hand, verdict, reason):
    answer = detector(**told).answer(at_hand)
    assert (answer.verdict.value, answer.reason) == (verdict, reason)
    assert bool(answer.without) is (verdict == "cannot tell")


def logic(told, worth) -> Verdict:
    """The verdict of a tree of detectors as the truth tables of three values have it: no < unknown < yes."""
    order = [Verdict.NOT, Verdict.UNKNOWN, Verdict.APPLIES]
    if isinstance(told, int):
        return worth[told]
    (kind, parts), = told.items()
    if kind == "not":
        return order[2 - order.index(logic(parts, worth))]
    return (min if kind == "all" else max)((logic(part, worth) for part in parts), key=order.index)


QUESTIONS = [SCHEMA, NO, UNKNOWN]
TREES = st.recursive(st.integers(0, 2), lambda inner: st.one_of(
    st.fixed_dictionaries({"not": inner}), st.fixed_dictionaries({"all": st.lists(inner, min_size=1, max_size=3)}),
    st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=3)})), max_leaves=6)


def written(told):
    if isinstance(told, int):
        return QUESTIONS[told]
    (kind, parts), = told.items()
    return {kind: written(parts) if kind == "not" else [written(part) for part in parts]}


@settings(max_examples=60, deadline=None)
@given(TREES)
def test_questions_of_questions_are_answered_as_three_valued_logic_has_it(told):
    answer = Detector.told(written(told), "test").answer(known())
    assert answer.verdict is logic(told, [Verdict.APPLIES, Verdict.NOT, Verdict.UNKNOWN])
    assert answer.reason and bool(answer.without) is (answer.verdict is Verdict.UNKNOWN)


def test_files_are_looked_for_and_looked_into(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.py").write_text("import os\nimport pyfits\n")
    contains = {"what": "pyfits", "contains": "^import pyfits", "example": "import pyfits", "counterexample": "x"}
    here = known(folders={"inputs": tmp_path})
    found = detector(file={"place": "inputs", "glob": "**/*.py", **contains}).answer(here)
    assert found.applies and [str(each) for each in found.evidence] == ["sub/a.py:2: pyfits"]
    assert detector(file={"place": "inputs", "glob": "*.py", **contains}).answer(here).verdict is Verdict.NOT
    assert detector(file={"place": "inputs", "glob": "sub/a.*"}).answer(here).applies
    assert detector(file={"place": "inputs", "glob": "sub/a.*", "least": 2}).answer(here).verdict is Verdict.NOT
    assert detector(file={"place": "web", "glob": "*"}).answer(here).verdict is Verdict.UNKNOWN
    assert Always().answer(here).applies


def test_a_file_that_may_not_be_read_leaves_the_question_open(tmp_path):
    class Closed(Folders):
        def text(self, path):
            raise PermissionError(13, "Permission denied")

    (tmp_path / "a.py").write_text("")
    asked = detector(file={"place": "inputs", "glob": "a.py", "what": "x", "contains": "x", "example": "x", "counterexample": "y"})
    answer = asked.answer(Facts(NOTHING.tree, NOTHING.database, NOTHING.config, NOTHING.packages, Closed({"inputs": tmp_path}), 1, ""))
    assert answer.reason == "without a.py" and answer.without[0].why == "it may not be read by you"


def test_no_secret_of_gavo_rc_is_repeated():
    config = GavoRc({("web", "adminpasswd"): "scrypt:c2VjcmV0"})
    asked = next(action.detect for _, action in CATALOGUE.actions if action.id == "hashed-admin-password")
    answer = asked.answer(known(config=config))
    assert answer.applies and "c2VjcmV0" not in repr(answer)


def test_evidence_says_file_and_line():
    answer = detector(rd=USES).answer(known(tree=tree(lamost_q=MIXIN.replace("<table", "\n<table").replace("<mixin", "\n<mixin"))))
    assert [str(each) for each in answer.evidence] == ["lamost/q.rd:3: a mixin"]
    assert answer.rds == ("lamost/q",)


def test_what_is_commented_out_or_in_a_stream_that_is_played_is_seen_as_dachs_does():
    commented = f'<resource schema="a"><!-- {MIXIN} --></resource>'
    streamed = ('<resource schema="a"><STREAM id="s"><mixin>//obscore#publishSSAPHCD</mixin></STREAM>'
                '<table id="t"><FEED source="s"/></table></resource>')
    answer = detector(rd=USES).answer(known(tree=tree(a_q=commented, b_q=streamed)))
    assert answer.rds == ("b/q",)


def test_the_data_items_that_dachs_has_to_be_told_are_those_on_disk():
    two = ('<resource schema="a"><table id="d" onDisk="True"/><table id="m"/><table id="v" onDisk="True"/>'
           '<data id="import"><make table="d"/></data><data id="build"><make table="m"/></data>'
           '<data id="view" auto="False"><make table="v"/></data></resource>')
    one = ('<resource schema="a"><table id="d" onDisk="True"/><data id="import"><make table="d"/></data></resource>')
    made = tree(a_q=two, b_q=one)
    assert made.to_name("a/q") == ("import",)
    assert made.to_name("b/q") == () == made.to_name("c/q")


# -- steps

def judged(*lines: str, rds: tuple[str, ...] = (), name: str = "one", rows: int = 0, mode: str = "assisted", **more) -> planner.Judged:
    """An action that applies, with commands written as in the catalogue."""
    commands = tuple(Command.told({"run-dachs": line} if not line.startswith("{") else {"reimport": line[1:-1]}, "test")
                     for line in lines)
    action = Action(name, "A title", "Because.", "changelog", mode, Always(), commands, Verification("effect"), **more)
    return planner.Judged("2.1", action, yes("it does", [Evidence("x", rd=rd, rows=rows) for rd in rds]))


def lines(*found: planner.Judged, tree=NOTHING.tree) -> list[str]:
    return [step.command.line for step in planner.steps(found, tree)]


def test_steps_come_in_the_order_in_which_none_wipes_what_another_made():
    found = [judged("pub //obscore", "limits //obscore", name="a"), judged("pub {rd}", rds=("b/q", "a/q"), name="b"),
             judged("imp //obscore", name="c"), judged("imp -m {rd}", rds=("a/q",), name="d"),
             judged("imp -I {rd}", rds=("b/q",), name="e"), judged("imp //adql", name="f"), judged("upgrade", name="g", mode="automatic"),
             judged("imp //obscore refreshAfterSchemaUpdate", name="h"), judged("imp -m //tap", name="i"), judged("limits {rd}", rds=("c/q",))]
    assert lines(*found) == [
        "dachs upgrade", "dachs imp //adql", "dachs imp -m //tap", "dachs imp -I b/q", "dachs imp -m a/q",
        "dachs imp //obscore refreshAfterSchemaUpdate", "dachs imp //obscore",
        "dachs limits a/q", "dachs limits b/q", "dachs limits c/q", "dachs limits //obscore",
        "dachs pub a/q", "dachs pub b/q", "dachs pub //obscore", "systemctl restart dachs"]


def test_five_times_obscore_is_once_obscore_with_five_reasons():
    found = [judged("imp //obscore", name=f"a{number}") for number in range(4)] + [judged("imp -m //obscore", name="b")]
    steps = planner.steps(found, NOTHING.tree)
    assert [step.command.line for step in steps] == ["dachs imp //obscore", "dachs limits //obscore", "systemctl restart dachs"]
    assert set(steps[0].because) == {"2.1 a0", "2.1 a1", "2.1 a2", "2.1 a3", "2.1 b"}


def test_the_same_rd_is_described_once_and_not_at_all_if_it_is_imported():
    twice = [judged("imp -m {rd}", rds=("a/q", "b/q"), name="a"), judged("imp -m {rd}", rds=("a/q",), name="b")]
    assert lines(*twice) == ["dachs imp -m a/q", "dachs imp -m b/q", "dachs limits a/q", "dachs limits b/q", "systemctl restart dachs"]
    steps = planner.steps([*twice, judged("{{rd}}", rds=("a/q",), name="c")], NOTHING.tree)
    assert {step.command.line: step.because for step in steps if step.command.phase is Phase.TABLES} == {
        "dachs imp a/q": ("2.1 c", "2.1 a", "2.1 b"), "dachs imp -m b/q": ("2.1 a",)}


def test_indexes_made_anew_describe_the_rd_too():
    found = [judged("imp -m {rd}", rds=("a/q",), name="a"), judged("imp -I {rd} {dds}", rds=("a/q",), name="b")]
    assert lines(*found)[0] == "dachs imp -I a/q"
    memory = tree(a_q='<resource schema="a"><table id="d" onDisk="True"/><table id="m"/><data id="import"><make table="d"/></data>'
                      '<data id="build"><make table="m"/></data></resource>')
    assert lines(*found, tree=memory)[:2] == ["dachs imp -I a/q import", "dachs imp -m a/q"]


def test_without_evidence_of_rds_the_command_stays_general():
    assert lines(judged("imp -m {rd}"))[0] == "dachs imp -m RD"


def test_estimates_follow_the_rows_and_upgrade_alone_adds_up():
    cost = Cost(seconds=1, per_rd=2, per_million_rows=10)
    steps = planner.steps([judged("limits {rd}", rds=("a/q", "b/q"), rows=3_000_000, cost=cost)], NOTHING.tree)
    assert [step.seconds for step in steps[:2]] == [33, 33]
    upgrades = [judged("upgrade", name=f"a{number}", mode="automatic", cost=Cost(seconds=2)) for number in range(3)]
    assert planner.steps(upgrades, NOTHING.tree)[0].seconds == 6
    same = [judged("imp //adql", name=f"a{number}", cost=Cost(seconds=2)) for number in range(3)]
    assert planner.steps(same, NOTHING.tree)[0].seconds == 2


COMMANDS = st.sampled_from(["upgrade", "imp //adql", "imp -m {rd}", "imp -I {rd}", "imp //obscore", "imp -m //obscore", "limits {rd}",
                            "limits //obscore", "pub {rd}", "pub //obscore", "{{rd}}", "imp //obscore refreshAfterSchemaUpdate"])
RDS = st.lists(st.sampled_from(["a/q", "b/q", "c/q"]), min_size=1, max_size=3, unique=True).map(tuple)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(COMMANDS, RDS), max_size=12), st.randoms(use_true_random=False))
def test_whatever_is_asked_for_is_done_once_in_order_and_for_all_who_asked(wanted: list, shuffle: random.Random):
    found = [judged(line, rds=rds, name=f"a{number}") for number, (line, rds) in enumerate(wanted)]
    steps = planner.steps(found, NOTHING.tree)
    commands = [step.command for step in steps]
    assert commands == list(dict.fromkeys(commands))
    assert [command.phase for command in commands] == sorted(command.phase for command in commands)
    assert {each.name for each in found} <= {reason for step in steps for reason in step.because}
    if commands:
        assert commands[-1].verb == "restart-server"
    for command_ in commands:
        if command_.verb == "reimport" or command_.words[:1] == ("imp",) and not command_.rd == "//adql":
            assert Command("run-dachs", ("limits", command_.rd)) in commands
            assert Command("run-dachs", ("imp", "-m", command_.rd)) not in commands or command_.words[:2] == ("imp", "-m")
    others = list(found)
    shuffle.shuffle(others)
    again = planner.steps(others, NOTHING.tree)
    assert [(step.command, set(step.because), step.heavy) for step in again] == [
        (step.command, set(step.because), step.heavy) for step in steps]


# -- whole plans

@pytest.mark.parametrize(("start", "schema", "least"), [("2.3", 26, 70), ("1.0", 15, 120), ("0.9", 14, 140)])
def test_the_whole_way_can_be_told_without_anything_at_hand(start, schema, least):
    nothing = facts.nothing(schema, f"DaCHS {start}")
    found = planner.judge(CATALOGUE, start, "2.13", nothing)
    plan = planner.plan(found, start, "2.13", 0, nothing.tree)
    assert len(found) >= least
    assert [step.command.verb for step in plan.steps if step.command.line == "dachs upgrade"] == ["run-dachs"]
    automatic = [each for each in found if each.action.mode == "automatic"]
    assert automatic and all(each.answer.applies for each in automatic)
    assert not plan.having(Verdict.NOT) or all(each.action.detect.kind in ("schema", "all") for each in plan.having(Verdict.NOT))
    lacking = {absent.what for each in plan.having(Verdict.UNKNOWN) for absent in each.answer.without}
    assert lacking == {"the service tree", "the database", "gavo.rc", "dpkg", "the machine's files"}
    told = rendering.text(plan, everything=True)
    assert all(each.action.id in told and each.action.title.split()[0] in told for each in found)


def test_what_does_not_apply_is_told_with_its_reason_when_asked_for():
    at_hand = known(tree=tree(a_q=PLAIN), schema=36)
    found = planner.judge(CATALOGUE, "2.11", "2.13", at_hand)
    plan = planner.plan(found, "2.11", "2.13", 2, at_hand.tree)
    short, long = rendering.text(plan), rendering.text(plan, everything=True)
    assert "none of 1 RDs has" not in short and "--all tells why" in short
    assert "2.12 backslashes-in-tests: none of 1 RDs has what 'dachsadmin val' calls backslash-in-test-url" in long


def test_rds_that_cannot_be_read_are_named_once():
    broken = tree(a_q=PLAIN, **{f"b{number}_q": BROKEN for number in range(7)})
    plan = planner.plan(planner.judge(CATALOGUE, "2.3", "2.13", known(tree=broken)), "2.3", "2.13", 10, broken)
    assert rendering.text(plan).count("/q\n") == 5 and "and 2 more; --all tells them" in rendering.text(plan)
    assert rendering.text(plan, everything=True).count("b6/q") == 1
    assert json.loads(rendering.json(plan))["unread"] == [f"b{number}/q" for number in range(7)]


def test_much_evidence_is_shortened_unless_all_is_asked_for():
    rds = {f"r{number}_q": MIXIN for number in range(9)}
    found = planner.Judged("1.1", next(action for _, action in CATALOGUE.actions if action.id == "own-obscore-views"),
                           detector(rd=USES).answer(known(tree=tree(**rds))))
    plan = planner.UpgradePlan("1.0", "1.1", 1, (found,), ())
    assert rendering.text(plan).count("- r") == 5 and "and 4 more; --all tells them" in rendering.text(plan)
    assert rendering.text(plan, everything=True).count("- r") == 9


def test_a_plan_is_told_to_programs_as_its_schema_says():
    schema = json.loads((ROOT / "docs" / "upgrade-plan.schema.json").read_text(encoding="utf-8"))
    at_hand = known(tree=tree(a_q=MIXIN, b_q="<resource schema='a'><meta name='x'>image/fits</meta></resource>"),
                    database=Rows({"dc.products": [("3 rows", None, 3)]}))
    plan = planner.plan(planner.judge(CATALOGUE, "1.0", "2.13", at_hand), "1.0", "2.13", 17, at_hand.tree)
    told = json.loads(rendering.json(plan))
    jsonschema.validate(told, schema)
    parts = schema["$defs"]
    assert set(told) == set(schema["properties"])
    assert all(set(step) == set(parts["step"]["properties"]) for step in told["steps"])
    assert all(set(action) == set(parts["action"]["properties"]) for action in told["actions"])
    assert {action["verdict"] for action in told["actions"]} == {verdict.value for verdict in Verdict}
    found = next(action for action in told["actions"] if action["id"] == "obscore-of-spectra")
    assert found["evidence"] == [{"text": "an ObsCore mixin for SSA tables", "rd": "a/q", "file": "a/q.rd", "line": 1}]
    assert [step["number"] for step in told["steps"]] == list(range(1, len(told["steps"]) + 1))


def test_what_stands_in_an_rd_cannot_command_the_terminal():
    bad = planner.Judged("2.1", CATALOGUE.every[0], Answer(Verdict.APPLIES, "x", (Evidence("\x1b[2Jgone\u202e"),)))
    plan = planner.UpgradePlan("1.0", "1.1", 1, (bad,), planner.steps([bad], NOTHING.tree))
    for made in (rendering.text(plan, everything=True), rendering.json(plan)):
        assert "\x1b" not in made and "\u202e" not in made


# -- the command

@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine without DaCHS."""
    (tmp_path / "root").mkdir()
    monkeypatch.setenv("GAVOSETTINGS", str(tmp_path / "none"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("GAVOCUSTOM", raising=False)
    monkeypatch.delenv("GAVO_INPUTSDIR", raising=False)
    probe = (dachs.INTERPRETER, "-c", dachs._probe())
    return FakeHost(tmp_path / "root", {probe: EnvironmentFault("there is no python3")})


def make(host, *words: str):
    return command.make_plan(host, dachs.INTERPRETER, *words, lambda what, done, total: None)


@pytest.mark.parametrize(("start", "end", "kind", "told"), [
    ("2.0", "", UsageError, "--from: there is no release '2.0'"), ("", "", EnvironmentFault, "there is no DaCHS"),
    ("2.3", "3.0", UsageError, "--to: there is no release '3.0'"), ("2.13", "2.7", UsageError, "2.13 is newer than 2.7"),
    ("latest", "", UsageError, "there is no release 'latest'"), ("", "2.7", EnvironmentFault, "there is no DaCHS")])
def test_versions_that_cannot_be_are_refused_with_those_that_can(machine, start, end, kind, told):
    with pytest.raises(kind) as caught:
        make(machine, start, end, "")
    assert told in caught.value.message
    assert "2.12" in caught.value.hint


def test_an_installed_version_that_is_newer_than_the_catalogue_is_told(machine):
    probe = (dachs.INTERPRETER, "-c", dachs._probe())
    machine.replies[probe] = json.dumps(["3.1", "/usr/lib/gavo", "3.13"])
    with pytest.raises(TargetError, match="there is no release '3.1' of DaCHS"):
        make(machine, "", "", "")


def test_the_installed_version_is_where_the_way_begins(machine, tmp_path):
    probe = (dachs.INTERPRETER, "-c", dachs._probe())
    machine.replies[probe] = json.dumps(["2.11+dfsg-2", "/usr/lib/gavo", "3.13"])
    (tmp_path / "none").write_text(f"[general]\nrootDir: {tmp_path}/gavo\n")
    plan = make(machine, "", "", "")
    assert (plan.start, plan.end, plan.releases) == ("2.11", "2.13", 2)


def test_what_is_at_hand_on_a_machine_is_asked_and_what_is_not_is_named(machine, tmp_path):
    probe = (dachs.INTERPRETER, "-c", dachs._probe())
    machine.replies[probe] = json.dumps(["2.3+dfsg-1", "/usr/lib/gavo", "3.9"])
    machine.replies["dpkg-query", "-W", "-f=${db:Status-Status} ${Package} ${Version}\\n", "*"] = "installed python3-gavo 2.3+dfsg-1\n"
    machine.make_folder("/etc/cron.d")
    machine.write_atomic("/etc/cron.d/dachs", "0 3 * * * gavo dachs adm updateTAPSchema\n")
    for name, text in (("gavo/inputs/a/q.rd", MIXIN.replace("<table", "<table dupePolicy='check'")), ("gavo/web/templates/root.html", "x"),
                       ("gavo/inputs/a/bin/x.py", "import cgi\n"), ("none", f"[general]\nrootDir: {tmp_path}/gavo\n[ivoa]\nauthority: org.x\n")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    found = {each.action.id: each.answer for each in make(machine, "", "", "").judged}
    assert [str(each) for each in found["request-fields"].evidence] == ["a/bin/x.py:1: request.fields or cgi"]
    assert found["root-template"].applies and found["updating-tap-schema"].applies and found["missing-dependency"].applies
    assert found["fits-media-type"].reason == "DaCHS 2.3 has schema 26, and needs 36"
    assert {each for answer in found.values() for each in answer.without} == {
        facts.Absent("the database", f"there is no database profile 'feed' in {tmp_path}/.gavo, {tmp_path}/gavo/etc")}


def test_a_way_without_releases_has_nothing_but_what_concerns_every_upgrade(machine):
    plan = make(machine, "2.13", "2.13", "")
    assert (plan.releases, plan.steps, len(plan.judged)) == (0, (), len(CATALOGUE.every))
    assert "There is nothing for dachsadmin to do." in rendering.text(plan)


def test_a_tree_that_is_named_is_looked_at_and_nothing_else(machine, tmp_path):
    (tmp_path / "tree" / "a").mkdir(parents=True)
    (tmp_path / "tree" / "a" / "q.rd").write_text(MIXIN)
    plan = make(machine, "1.0", "1.1", str(tmp_path / "tree"))
    assert [step.command.line for step in plan.steps if step.command.phase is not Phase.SCHEMA][:2] == [
        "dachs imp //obscore refreshAfterSchemaUpdate", "dachs imp //obscore"]
    assert "with --inputs, only that service tree is looked at" in rendering.text(plan)
    with pytest.raises(TargetError, match="is no directory"):
        make(machine, "1.0", "1.1", str(tmp_path / "elsewhere"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(TargetError, match="there is no RD below"):
        make(machine, "1.0", "1.1", str(tmp_path / "empty"))


def test_the_plan_goes_where_it_is_wanted(machine, tmp_path, monkeypatch, capfdbinary):
    monkeypatch.setattr(change, "machine", lambda: machine)
    monkeypatch.setattr(output, "_options", output.Options())
    code = main.run(["upgrade", "plan", "--from", "2.3", "--to", "2.13", "--report", "text", "--report", "json:/plan.json"])
    assert code == ExitCode.OK
    assert capfdbinary.readouterr().out.startswith(b"DaCHS 2.3 to 2.13, 10 releases: 2 steps")
    assert json.loads(machine.text(str(Path("/plan.json"))))["from"] == "2.3"
    assert main.run(["upgrade", "plan", "--from", "2.0"]) == ExitCode.USAGE
    assert main.run(["upgrade", "plan", "--from", "2.3", "--report", "sarif"]) == ExitCode.USAGE
