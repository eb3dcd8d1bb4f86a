"""Plans: a dry run leaves no trace, a plan is done once, an interrupted one converges, and undo restores."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
from dataclasses import dataclass

import pytest
from fakes import FakeHost

from dachsadmin import plan, verbs
from dachsadmin.errors import EnvironmentFault, ExitCode, PartlyDone, Refused, TargetError
from dachsadmin.journal import Journal
from dachsadmin.plan import Plan, Step
from dachsadmin.verbs import MakeFolder, RemoveFile, RunProgram, WriteFile

SERVER = "/var/server"
"""A pretended server: the file holds its state, and the scripted program writes it."""


def server(word: str):
    def reply(host):
        host.write_atomic(SERVER, word)
        return f"server {word}\n"
    return reply


REPLIES = {("server", "up"): server("up"), ("server", "down"): server("down"),
           ("server", "is-up"): lambda host: 0 if host.text(SERVER) == "up" else 1}


def fresh(root) -> FakeHost:
    root.mkdir(exist_ok=True)
    host = FakeHost(root, REPLIES)
    for folder in ("/etc", "/var"):
        host.make_folder(folder)
    host.write_atomic(SERVER, "down")
    host.write_atomic("/etc/dachs.conf", "old\n", mode=0o640)
    host.write_atomic("/etc/obsolete", "still here\n")
    return host


def wanted() -> Plan:
    return Plan("set up logs", (
        Step("folder", "make the directory for logs", MakeFolder("/srv/logs/web", 0o750)),
        Step("conf", "write the configuration", WriteFile("/etc/dachs.conf", "new\n", owner="gavo:gavo")),
        Step("rotate", "write the rotation rule", WriteFile("/srv/logs/rotate", "weekly\n", mode=0o600)),
        Step("obsolete", "remove the obsolete rule", RemoveFile("/etc/obsolete")),
        Step("start", "start the server", RunProgram(("server", "up"), user="gavo", undo_argv=("server", "down"),
                                                     unless=("server", "is-up"))),
    ), notes=("logs are kept for 7 days",), left_out=("the logs of nginx: it is not there",))


def picture(root) -> dict[str, tuple[str, int]]:
    """All files outside journal and backups, with contents and modes."""
    found = {}
    for folder, folders, names in os.walk(root):
        for name in [*folders, *names]:
            path = os.path.join(folder, name)
            shown = path.removeprefix(str(root))
            if not shown.startswith(("/var/lib", "/var/backups")):
                text = open(path).read() if os.path.isfile(path) else ""
                found[shown] = (text, os.stat(path).st_mode)
    return found


def applied_picture(tmp_path_factory) -> dict[str, tuple[str, int]]:
    root = tmp_path_factory.mktemp("reference")
    host = fresh(root)
    plan.apply(wanted(), host, Journal(host))
    return picture(root)


@pytest.fixture
def host(tmp_path):
    return fresh(tmp_path)


@pytest.fixture
def journal(host):
    return Journal(host)


def test_a_dry_run_leaves_no_trace(host, journal, tmp_path):
    before = picture(tmp_path)
    results = plan.apply(wanted(), host, journal, dry_run=True).results
    assert "  left out: the logs of nginx: it is not there\n5 steps to do" in plan.describe(wanted(), host)
    assert results[1] == "would write the configuration"
    assert picture(tmp_path) == before
    assert not host.exists("/var/lib") and not host.exists("/var/backups")


def test_applying_makes_every_change_and_tells_every_command_line(host, journal, tmp_path):
    told = []
    change = plan.apply(wanted(), host, journal, tell=told.append).change
    assert host.text("/etc/dachs.conf") == "new\n"
    assert host.mode_and_owner("/etc/dachs.conf") == (0o640, "gavo:gavo")
    assert host.mode_and_owner("/srv/logs/rotate")[0] == 0o600
    assert host.mode_and_owner("/srv/logs/web")[0] == 0o750
    assert not host.exists("/etc/obsolete")
    assert host.text(SERVER) == "up"
    assert told[-2:] == ["$ runuser -u gavo -- server up", "done  start the server"]
    entry = journal.entry(change)
    assert (entry.outcome, [step.state for step in entry.steps]) == ("done", ["done"] * 5)
    assert entry.command_lines == ("runuser -u gavo -- server up",)


def test_a_second_run_does_nothing(host, journal, tmp_path):
    plan.apply(wanted(), host, journal)
    before, entries = picture(tmp_path), journal.entries()
    applied = plan.apply(wanted(), host, journal)
    assert applied.change is None
    assert {line[:5] for line in applied.results} == {"skip "}
    assert (picture(tmp_path), journal.entries()) == (before, entries)


def test_undo_restores_contents_modes_and_owners(host, journal, tmp_path):
    before, owner = picture(tmp_path), host.mode_and_owner("/etc/dachs.conf")
    change = plan.apply(wanted(), host, journal).change
    results = plan.undo(journal, host, change).results
    assert results[0] == "undid start the server"
    assert picture(tmp_path) == before
    assert host.mode_and_owner("/etc/dachs.conf") == owner
    assert journal.entry(change).outcome == "undone"
    with pytest.raises(TargetError, match="there is nothing to undo"):
        plan.undo(journal, host, change)


def test_steps_that_were_done_already_are_not_undone(host, journal):
    host.write_atomic(SERVER, "up")
    change = plan.apply(wanted(), host, journal).change
    plan.undo(journal, host, change)
    assert host.text(SERVER) == "up"


class KilledAt:
    """Kills the process with SIGKILL just before its n-th change of a file, so that all places between are met."""

    def __init__(self, monkeypatch, place: int) -> None:
        self.left = place
        for name in ("fsync", "rename", "unlink", "mkdir", "rmdir", "ftruncate", "write"):
            monkeypatch.setattr(os, name, self.counting(getattr(os, name)))

    def counting(self, real):
        def call(*arguments, **options):
            self.left -= 1
            if self.left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments, **options)
        return call


def copied(host: FakeHost, root: Path) -> FakeHost:
    """The same machine once more, as it is now."""
    shutil.copytree(host.root, root)
    with contextlib.suppress(FileNotFoundError):
        shutil.copy(f"{host.root}.owners", f"{root}.owners")
    return FakeHost(root, REPLIES)


def killed_at(place: int, work) -> bool:
    """Run `work` in a child that is killed at a place; False if it ended before it came there."""
    child = os.fork()
    if child == 0:
        status = 3
        try:
            with pytest.MonkeyPatch.context() as patch:
                KilledAt(patch, place)
                work()
            status = 0
        finally:
            os._exit(status)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


@pytest.fixture
def never_powered_off(monkeypatch):
    """Leave out waiting for the disk: what a killed process has written is there all the same."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


@pytest.mark.usefixtures("never_powered_off")
def test_a_plan_killed_anywhere_converges_by_resume_by_running_it_again_and_can_be_undone(tmp_path, tmp_path_factory):
    goal = applied_picture(tmp_path_factory)
    start = picture(fresh(tmp_path / "start").root)
    place, seen = 0, set()
    while True:
        killed = fresh(tmp_path / str(place))
        if not killed_at(place, lambda: plan.apply(wanted(), killed, Journal(killed))):
            assert place > 30, "too few places were tried for this to mean anything"
            assert {"interrupted", "none"} <= seen
            return
        for way in ("resume", "again", "undo"):
            host = copied(killed, tmp_path / f"{place}-{way}")
            journal = Journal(host)
            entries = journal.entries()
            seen.add(entries[0].outcome if entries else "none")
            if way == "again" or not entries:
                plan.apply(wanted(), host, journal)
                assert picture(host.root) == goal, (place, way)
                assert plan.apply(wanted(), host, journal).change is None
            elif way == "resume" and entries[0].unfinished:
                plan.resume(journal, host, 1)
                assert picture(host.root) == goal, (place, way)
            elif way == "undo":
                plan.undo(journal, host, 1)
                assert picture(host.root) == start, (place, way)
            assert [entry.outcome for entry in journal.entries()] == ["undone" if way == "undo" and entries else "done"]
        place += 1


@pytest.mark.usefixtures("never_powered_off")
def test_an_undo_killed_anywhere_converges(tmp_path):
    start = picture(fresh(tmp_path / "start").root)
    place = 0
    while True:
        host = fresh(tmp_path / str(place))
        journal = Journal(host)
        plan.apply(wanted(), host, journal)
        if not killed_at(place, lambda: plan.undo(journal, host, 1)):
            assert place > 20
            return
        entry = journal.entry(1)
        if entry.unfinished:
            plan.resume(journal, host, 1)
        elif entry.outcome != "undone":
            plan.undo(journal, host, 1)
        assert picture(host.root) == start, place
        assert journal.entry(1).outcome == "undone"
        place += 1


def test_a_half_written_last_line_is_as_if_it_had_not_been_written(host, journal, tmp_path):
    plan.apply(wanted(), host, journal)
    file = tmp_path / "var/lib/dachsadmin/journal/1.jsonl"
    whole = file.read_bytes()
    last = whole.rstrip(b"\n").rfind(b"\n") + 1
    for cut in range(last + 1, len(whole)):
        file.write_bytes(whole[:cut])
        assert journal.entry(1).outcome == "interrupted"
        plan.resume(journal, host, 1)
        assert journal.entry(1).outcome == "done"


@pytest.mark.parametrize(("damage", "remark"), [
    (lambda raw: b"", "it is empty"),
    (lambda raw: raw[:100], "it is empty"),
    (lambda raw: b"\x00" * 4096 + b"\n" + raw, "line 1 is not what dachsadmin wrote"),
    (lambda raw: raw.replace(b'"event": "done"', b'"event": "do\xffe"', 1), "line 3 is not what dachsadmin wrote"),
    (lambda raw: raw.replace(b'"step": "conf"', b'"step": "other"', 1), "an event in it lacks something"),
    (lambda raw: raw.replace(b'"schema_version": 1', b'"schema_version": 99'),
     "it was written by dachsadmin 0.1, with schema_version 99"),
    (lambda raw: b"[]\n", "line 1 is not what dachsadmin wrote"),
    (lambda raw: b"[" * 100000 + b"\n", "line 1 is not what dachsadmin wrote"),
])
def test_a_damaged_entry_is_shown_as_such_and_never_acted_upon(host, journal, tmp_path, damage, remark):
    plan.apply(wanted(), host, journal, version="0.1")
    file = tmp_path / "var/lib/dachsadmin/journal/1.jsonl"
    file.write_bytes(damage(file.read_bytes()))
    after = picture(tmp_path)
    entry = journal.entries()[0]
    assert (entry.outcome, entry.remark) == ("damaged", remark)
    for act in (plan.resume, plan.undo):
        with pytest.raises(TargetError, match="is damaged"):
            act(journal, host, 1)
    assert picture(tmp_path) == after
    host.write_atomic(SERVER, "down")
    assert plan.apply(wanted(), host, journal).change == 2


def test_what_somebody_edited_since_is_not_overwritten_by_undo(host, journal):
    change = plan.apply(wanted(), host, journal).change
    host.write_atomic("/etc/dachs.conf", "edited by the operator\n")
    with pytest.raises(PartlyDone, match="at 'write the configuration': /etc/dachs.conf was changed since") as stop:
        plan.undo(journal, host, change)
    assert "--leave conf" in stop.value.hint and "/conf/etc/dachs.conf" in stop.value.hint
    assert host.text("/etc/dachs.conf") == "edited by the operator\n"
    with pytest.raises(PartlyDone, match="undone except for 1 step"):
        plan.undo(journal, host, change, leave=["conf"])
    assert host.text("/etc/dachs.conf") == "edited by the operator\n"
    assert not host.exists("/srv")
    assert journal.entry(change).outcome == "partly undone"


def test_what_somebody_edited_between_crash_and_resume_is_not_overwritten(host, journal, monkeypatch):
    monkeypatch.setattr(FakeHost, "write_atomic", failing_for(FakeHost.write_atomic, "/etc/dachs.conf"))
    with pytest.raises(PartlyDone):
        plan.apply(wanted(), host, journal)
    monkeypatch.undo()
    host.write_atomic("/etc/dachs.conf", "edited by the operator\n")
    with pytest.raises(Refused, match="was changed after this change began"):
        plan.resume(journal, host, 1)
    assert host.text("/etc/dachs.conf") == "edited by the operator\n"
    assert "-edited by the operator" in plan.describe(wanted(), host)
    assert plan.apply(wanted(), host, journal).change == 2
    plan.undo(journal, host, 2)
    assert host.text("/etc/dachs.conf") == "edited by the operator\n"


def failing_for(real, path: str):
    def write(self, where, *arguments, **options):
        if where == path:
            raise EnvironmentFault(f"the disk is full: {path} cannot be written", "run 'df -h'")
        return real(self, where, *arguments, **options)
    return write


def test_a_failing_step_stops_the_plan_and_names_the_ways_on(host, journal):
    host.replies["server", "up"] = 1
    with pytest.raises(PartlyDone) as stop:
        plan.apply(wanted(), host, journal)
    assert stop.value.exit_code == ExitCode.PARTLY_DONE
    assert "change 1 stopped at 'start the server': 'runuser -u gavo -- server up' failed" in stop.value.message
    assert "dachsadmin resume 1" in stop.value.hint and "dachsadmin undo 1" in stop.value.hint
    assert journal.entry(1).outcome == "failed"
    host.replies["server", "up"] = server("up")
    assert plan.resume(journal, host, 1).results[-1] == "done  start the server"


def test_a_first_step_that_fails_keeps_its_own_exit_code(host, journal):
    only = Plan("start", (Step("start", "start the server", RunProgram(("server", "up"))),))
    host.replies["server", "up"] = 1
    with pytest.raises(EnvironmentFault.__mro__[1]) as stop:
        plan.apply(only, host, journal)
    assert stop.value.exit_code == ExitCode.ENVIRONMENT


def test_undo_says_what_cannot_be_undone_and_undoes_the_rest(host, journal):
    both = Plan("start", (Step("conf", "write the configuration", WriteFile("/etc/dachs.conf", "new")),
                          Step("start", "start the server", RunProgram(("server", "up")))))
    assert "note: what this program does cannot be undone" in plan.describe(both, host)
    plan.apply(both, host, journal)
    assert plan.describe_undo(journal.entry(1)) == (
        "undo change 1: start\n  1. stays: start the server (what this program does cannot be undone)\n"
        "  2. undo: write the configuration\n")
    with pytest.raises(PartlyDone):
        plan.undo(journal, host, 1)
    assert (host.text("/etc/dachs.conf"), host.text(SERVER)) == ("old\n", "up")


def test_the_plan_shows_differences_and_command_lines_but_no_passwords(host):
    host.write_atomic("/etc/dachs.conf", "keep\npassword = geheim\n")
    shown = plan.describe(Plan("t", (Step("conf", "write it", WriteFile("/etc/dachs.conf", "keep\npassword = neu\n")),
                                     Step("up", "start", RunProgram(("server", "up"))))), host)
    assert shown == ("t\n  1. write it\n        keep\n       -password = ***\n       +password = ***\n"
                     "  2. start\n       $ server up\n       note: what this program does cannot be undone\n"
                     "2 steps to do\n")


def test_two_steps_on_one_file_are_undone_to_the_beginning(host, journal):
    twice = Plan("t", (Step("one", "one", WriteFile("/etc/dachs.conf", "1")),
                       Step("two", "two", RemoveFile("/etc/dachs.conf"))))
    plan.apply(twice, host, journal)
    plan.undo(journal, host, 1)
    assert host.text("/etc/dachs.conf") == "old\n"


def test_without_root_nothing_is_begun(tmp_path):
    host = fresh(tmp_path)
    host._is_root = False
    with pytest.raises(Refused, match="needs root"):
        plan.apply(wanted(), host, Journal(host))
    assert not host.exists("/var/lib")


def test_while_another_change_is_under_way_nothing_is_begun(host, journal):
    with journal.lock("upgrade"):
        with pytest.raises(Refused, match="upgrade"):
            plan.apply(wanted(), host, journal)
    assert journal.entries() == []


def test_journal_and_backups_are_private(host, journal):
    plan.apply(wanted(), host, journal)
    for folder in ("/var/lib/dachsadmin", "/var/lib/dachsadmin/journal", "/var/backups/dachsadmin"):
        assert host.mode_and_owner(folder)[0] == 0o700
    assert host.mode_and_owner("/var/lib/dachsadmin/journal/1.jsonl")[0] == 0o600


def test_numbers_and_backups_are_never_used_twice(host, journal):
    plan.apply(wanted(), host, journal)
    plan.undo(journal, host, 1)
    assert plan.apply(wanted(), host, journal).change == 2
    first = journal.entry(1).backups
    for number in (1, 2):
        host.remove(f"/var/lib/dachsadmin/journal/{number}.jsonl")
    host.write_atomic(SERVER, "down")
    plan.apply(wanted(), host, journal)
    assert journal.entry(1).backups != first


def test_a_verb_that_is_not_known_any_more_is_named(host, journal, monkeypatch):
    @dataclass(frozen=True)
    class Vanished(WriteFile):
        pass

    monkeypatch.setitem(verbs.VERBS, "vanished", Vanished)
    Vanished.verb = "vanished"
    plan.apply(Plan("t", (Step("one", "one", Vanished("/etc/x", "y")),)), host, journal)
    monkeypatch.undo()
    with pytest.raises(EnvironmentFault, match="does not know the verb 'vanished'"):
        plan.undo(journal, host, 1)
    assert host.text("/etc/x") == "y"
