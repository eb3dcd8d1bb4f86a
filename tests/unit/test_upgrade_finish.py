"""What `upgrade finish` remembers, where it begins, and what becomes of the steps that a release asks for."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from fakes import FakeHost
from loopback import Reply, answering

from dachsadmin.errors import TargetError, UsageError
from dachsadmin.obscore.installation import look
from dachsadmin.system.aptsources import FOLDER
from dachsadmin.upgrade import beginning, catalogue, finish, memory, planner
from dachsadmin.upgrade.detector import Evidence, yes
from dachsadmin.upgrade.facts import nothing
from dachsadmin.upgrade.memory import Memory
from dachsadmin.upgrade.planner import Judged
from dachsadmin.upgrade.steps import RememberRelease

CATALOGUE = catalogue.load()
STATE = "/var/lib/dachsadmin"
LOG = """2026-11-20 08:00:01 startup archives unpack
2026-11-20 08:00:02 upgrade python3-gavo:all 2.7+dfsg-2 2.11+dfsg-2
2026-11-20 08:00:03 upgrade gavodachs2-server:all 2.7+dfsg-2 2.11+dfsg-2
2026-11-20 08:00:04 upgrade python3-gavo-stc:all 2.1+dfsg-2 2.11+dfsg-2
2026-11-21 08:00:03 upgrade gavodachs2-server:all 2.11+dfsg-2 2.13+dfsg-2
"""


@pytest.fixture
def host(tmp_path) -> FakeHost:
    return FakeHost(tmp_path)


def put(host: FakeHost, path: str, content: bytes | str) -> None:
    host.make_folder(str(Path(path).parent))
    host.write_atomic(path, content)


def test_nothing_is_remembered_where_nothing_was_written(host):
    assert memory.read(host, STATE) == Memory()
    assert not memory.read(host, STATE).knows("2.13", "dachs pub a/q")


def test_what_was_done_is_known_for_its_release_only(host):
    memory.note(host, STATE, "2.13", "dachs pub a/q")
    memory.note(host, STATE, "2.13", "dachs limits a/q")
    known = memory.read(host, STATE)
    assert known.knows("2.13", "dachs pub a/q") and known.knows("2.13", "dachs limits a/q")
    assert not known.knows("2.14", "dachs pub a/q")
    assert host.mode_and_owner(memory.file(STATE))[0] == 0o600


def test_a_finished_release_is_remembered_beside_what_was_done_and_forgotten_again(host):
    memory.note(host, STATE, "2.13", "dachs pub a/q")
    step = RememberRelease(STATE, "2.13")
    before = step.before(host, "/backups")
    assert not step.done(host)
    step.do(host, before)
    assert step.done(host) and memory.read(host, STATE).knows("2.13", "dachs pub a/q")
    step.undo(host, before)
    assert memory.read(host, STATE).finished == "" and memory.read(host, STATE).knows("2.13", "dachs pub a/q")


@pytest.mark.parametrize("content", ["", "[]", "{", '{"schema_version": 2, "finished": "2.7", "done": {}}',
                                     '{"schema_version": 1, "finished": "2.7", "done": []}', '{"schema_version": 1}'])
def test_a_damaged_memory_is_told_and_not_trusted(host, content):
    put(host, memory.file(STATE), content)
    with pytest.raises(TargetError, match="is not what dachsadmin wrote") as caught:
        memory.read(host, STATE)
    assert "--from VERSION" in caught.value.hint


def begin(host: FakeHost, told: str = "", installed: str = "2.13", schema: int = 36) -> str:
    return beginning.find(host, told, STATE, CATALOGUE, installed, schema)


def test_the_log_of_dpkg_tells_the_oldest_release_that_was_replaced(host):
    put(host, "/var/log/dpkg.log", LOG.splitlines(True)[-1])
    assert begin(host) == "2.11"
    put(host, "/var/log/dpkg.log.2.gz", gzip.compress(LOG.encode()))
    assert begin(host) == "2.7"
    put(host, "/var/log/dpkg.log.1", "nonsense\n2026-11-20 08:00:02 upgrade python3-gavo:all x y\n")
    assert begin(host) == "2.7"


def test_an_older_schema_tells_of_a_database_that_came_from_elsewhere(host):
    assert begin(host, schema=33) == "2.7"
    assert begin(host, schema=31) == "2.5", "2.6 has schema 32, which was not reached"
    assert begin(host, schema=3) == CATALOGUE.versions[0]
    put(host, "/var/log/dpkg.log", LOG)
    assert begin(host, schema=32) == "2.6"


def test_what_is_remembered_comes_before_all_logs_and_what_is_told_before_that(host):
    put(host, "/var/log/dpkg.log", LOG)
    memory.write(host, STATE, Memory("2.12"))
    assert begin(host) == "2.12"
    assert begin(host, "2.3") == "2.3"


def test_where_nothing_tells_it_asks(host):
    with pytest.raises(UsageError) as caught:
        begin(host)
    assert caught.value.hint == "name it: dachsadmin upgrade finish --from 2.10"


@pytest.mark.parametrize("told", ["2.14", "nix", "2.13"])
def test_only_a_release_before_the_installed_one_can_be_named(host, told):
    with pytest.raises(UsageError, match="^--from: "):
        begin(host, told, installed="2.11")


class Published:
    """A database that knows what is published."""

    def __init__(self, *rds: str):
        self.rds = rds

    def published(self) -> list[str]:
        return list(self.rds)


def judged(name: str, *rds: str) -> Judged:
    """An action of the catalogue that applies, for some RDs."""
    version, action = next((version, action) for version, action in CATALOGUE.actions if action.id == name)
    return Judged(version, action, yes("it is so", [Evidence("x", rd=rd) for rd in rds]))


def site(host: FakeHost, *published: str, url: str = "http://127.0.0.1:9") -> finish._Site:
    """DaCHS 2.13, which was 2.7; its server listens where `url` says."""
    etc = host.root / Path("etc")
    etc.mkdir(exist_ok=True)
    (etc / "feed").write_text("database = gavo\nhost = /nowhere\n")
    port = url.rpartition(":")[2]
    (etc / "gavo.rc").write_text(f"[general]\nrootDir: {host.root}\nstateDir: /state\n[web]\nserverPort: {port}\n")
    told = {"GAVOSETTINGS": str(etc / "gavo.rc")}
    return finish._Site(host, look(STATE, told), "gavo", "dachsroot", "2.13", "2.7", "2.13", CATALOGUE, Published(*published))


def planned(host: FakeHost, *applying: Judged, published: tuple[str, ...] = ()) -> tuple[list, list[str]]:
    """The steps and what is left to the operator."""
    found = planner.plan(applying, "2.7", "2.13", 6, nothing(36, "gavo", "x").tree)
    return finish._steps(site(host, *published), found.steps, found)


def lines(steps) -> list[str]:
    return [getattr(step.action, "line", step.id) for step in steps]


def test_dachs_works_as_the_owner_of_the_tree_but_on_the_schema_and_its_own_files_as_administrator(host):
    steps, left = planned(host, judged("matplotlibrc"), judged("resource-ranks"), judged("column-statistics", "a/q", "b/q"))
    assert [(step.id, step.action.user) for step in steps] == [
        ("dachs-init-nodb", "dachsroot"), ("dachs-upgrade", "dachsroot"), ("dachs-limits-a-q", "gavo"), ("dachs-limits-b-q", "gavo")]
    assert steps[1].action.query.startswith("SELECT value::int >= 36")
    assert steps[2].action.argv[-3:] == ("dachs", "limits", "a/q") and left == []


def test_an_rd_that_is_not_published_stays_so(host):
    steps, _ = planned(host, judged("licence-uris", "a/q", "b/q"), published=("b/q", "__system__/tap"))
    assert lines(steps) == ["dachs pub b/q"]
    steps, _ = planned(host, judged("adql-form"), published=("__system__/adql",))
    assert lines(steps) == ["dachs pub //adql"]


def test_only_the_last_command_of_an_action_has_to_have_done_it(host):
    steps, _ = planned(host, judged("register-obscore"))
    assert [(step.action.line, step.action.verified, step.action.noted) for step in steps] == [
        ("dachs limits //obscore", (), ("register-obscore",)), ("dachs pub //obscore", ("register-obscore",), ())]
    steps, _ = planned(host, judged("licence-uris", "a/q"), published=("a/q",))
    assert steps[0].action.noted == ("licence-uris",) and steps[0].action.verified == ()


def test_limits_come_back_behind_an_import_that_wipes_them(host):
    steps, _ = planned(host, judged("image-positions-index", "a/q"))
    assert lines(steps) == ["dachs imp -I a/q", "dachs limits a/q"]
    memory.note(host, STATE, "2.13", "dachs imp -I a/q")
    steps, _ = planned(host, judged("image-positions-index", "a/q"))
    assert lines(steps) == ["dachs imp -I a/q"] and steps[0].action.done(host)


def test_statements_go_to_the_administrator_of_postgresql_where_that_is_on_this_machine(host):
    (step,), left = planned(host, judged("newer-q3c"))
    assert step.action.user == "postgres" and step.action.argv == ("psql", "-d", "gavo", "-c", "ALTER EXTENSION q3c UPDATE")
    assert left == []


def test_what_is_not_done_for_the_operator_is_told(host):
    steps, left = planned(host, judged("adql-2-1-functions"))
    assert steps == [] and len(left) == 1 and "drop the operators && and !&&" in left[0]


def test_the_suite_of_gavos_repository_is_put_right_and_back(host):
    one, other = f"{FOLDER}/gavo.list", f"{FOLDER}/gavo.sources"
    put(host, one, "# GAVO\ndeb [arch=amd64] http://vo.ari.uni-heidelberg.de/debian stable main\n"
        "deb http://deb.debian.org/debian stable main\n")
    put(host, other, "Types: deb\nURIs: https://soft.g-vo.org/repo\nSuites:\n bookworm\n beta\nComponents: main\n")
    steps, left = planned(host, judged("suite-of-repository"))
    assert [step.action.path for step in steps] == [one, other] and left == []
    befores = [step.action.before(host, "/backups") for step in steps]
    for step, before in zip(steps, befores):
        step.action.do(host, before)
    assert host.text(one).splitlines()[1:] == ["deb [arch=amd64] http://vo.ari.uni-heidelberg.de/debian release main",
                                               "deb http://deb.debian.org/debian stable main"]
    assert host.text(other).splitlines()[2:5] == ["Suites:", " release", " beta"]
    for step, before in zip(steps, befores):
        step.action.undo(host, before)
    assert " stable main" in host.text(one).splitlines()[1] and " bookworm" in host.text(other)


def serving(version: str):
    """A server in maintenance of some version of DaCHS."""
    return answering({"/tap/availability": Reply(status=503, headers=(("Server", f"DaCHS/{version} twistedWeb/22.4.0"),))})


@pytest.mark.loopback
def test_a_server_with_old_code_is_restarted_by_whoever_started_it(host):
    with serving("2.7") as url:
        steps, notes = finish._restart(site(host, url=url), owing=False)
        assert steps == [] and "restart the server" in notes[0] and "runs DaCHS 2.7" in notes[0]
        put(host, "/state/web.pid", "17")
        (step,), notes = finish._restart(site(host, url=url), owing=False)
        assert step.action.argv[-3:] == ("dachs", "serve", "restart") and step.action.version == "2.13" and notes == []


@pytest.mark.loopback
def test_a_server_with_new_code_is_restarted_only_where_something_changed(host):
    put(host, "/state/web.pid", "17")
    with serving("2.13") as url:
        assert finish._restart(site(host, url=url), owing=False) == ([], [])
        assert len(finish._restart(site(host, url=url), owing=True)[0]) == 1


@pytest.mark.loopback
def test_a_server_that_does_not_run_is_not_started(host):
    put(host, "/state/web.pid", "17")
    steps, notes = finish._restart(site(host), owing=True)
    assert steps == [] and "start it when you want it" in notes[0]
