"""The apt guard: its hook never hinders apt, tells what an upgrade brings, and notes it; dpkg's log tells the same later."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import time
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path

import pytest
from fakes import FakeHost

from dachsadmin import plan
from dachsadmin.cli import change, output
from dachsadmin.cli.main import run
from dachsadmin.errors import EnvironmentFault, ExitCode, Stopped
from dachsadmin.journal import Journal
from dachsadmin.system import dachs, databases, dpkglog
from dachsadmin.system.dpkglog import Change
from dachsadmin.upgrade import guard, seen

ROOT = Path(__file__).parents[2]
STATE = "/var/lib/dachsadmin"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=timezone.utc)

SETTINGS = "VERSION 3\nAPT::Architecture=amd64\nDir::Log=gavodachs2-server 1 < 2 x\n\n"
CODE = "python3-gavo 2.7+dfsg-2 all none < 2.13+dfsg-2 all none /var/cache/apt/archives/python3-gavo_2.13_all.deb\n"
POSTGRESQL = "postgresql-15 15.8-0 amd64 none < 15.10-0 amd64 none /var/cache/apt/archives/postgresql-15_15.10_amd64.deb\n"
OTHERS = "libpq5 15.8-0 amd64 same < 15.10-0 amd64 same /x.deb\npostgresql-client-15 1 all none < 2 all none /x.deb\n"


# -- the script, as apt runs it


@pytest.fixture
def hook(tmp_path):
    """Runs the command line of apt's configuration, with the script and a dachsadmin that are there."""
    script, program = tmp_path / "apt-guard", tmp_path / "dachsadmin"
    text = (ROOT / "debian/apt-guard").read_text(encoding="utf-8")
    assert "/usr/bin/dachsadmin" in text and "=10 " in text and "timeout 10 " in text
    script.write_text(text.replace("/usr/bin/dachsadmin", str(program)).replace("10 ", "0.3 ").replace("-k 1 ", "-k 0.2 "))
    script.chmod(0o755)
    def line(mode: str) -> str:
        return re.search(r'DPkg::Pre-Install-Pkgs::dachsadmin "(.*)";', guard.content(mode))[1].replace(guard.SCRIPT, str(script))

    def call(told: str | bytes, dachsadmin: str = f"echo \"told $*\"; cat >{tmp_path}/told", mode: str = "warn",
             **environment: str):
        if dachsadmin:
            program.write_text(f"#!/bin/sh\n{dachsadmin}\n")
            program.chmod(0o755)
        begun = time.monotonic()
        done = subprocess.run(["/bin/sh", "-c", line(mode)], input=told.encode() if isinstance(told, str) else told,
                              capture_output=True, env={"PATH": "/usr/bin:/bin", **environment})
        assert time.monotonic() - begun < 5
        assert (done.returncode, done.stdout) == (0, b"")
        return done.stderr.decode()
    return call


@pytest.mark.children
def test_the_hook_hands_on_what_is_about_dachs_and_postgresql_and_nothing_else(hook, tmp_path):
    assert hook(SETTINGS + OTHERS + CODE + POSTGRESQL) == "told --quiet upgrade guard --hook warn\n"
    assert (tmp_path / "told").read_text() == CODE + POSTGRESQL
    assert hook(CODE, mode="snapshot") == "told --quiet upgrade guard --hook snapshot\n"


@pytest.mark.children
@pytest.mark.parametrize("told", [
    "", SETTINGS, SETTINGS + OTHERS, "/var/cache/apt/archives/python3-gavo_2.13+dfsg-2_all.deb\n", "xgavodachs 1 < 2 x\n",
    "postgresql-common 1 < 2 x\npostgresql-doc-15 1 < 2 x\n", "gavodachs=$(reboot) 1 < 2 x\n", b"\xff\x00\n" * 1000])
def test_what_is_about_other_packages_does_not_even_start_dachsadmin(hook, tmp_path, told):
    assert hook(told) == "" and not (tmp_path / "told").exists()


@pytest.mark.children
def test_names_are_handed_on_and_never_obeyed(hook, tmp_path):
    odd = f"python3-gavo;touch${{IFS}}{tmp_path}/obeyed 1 < 2 $(touch {tmp_path}/obeyed)\n"
    assert "told" in hook(odd + "gavodachs2-server \\n%s%n 1 2 < 3 4 5\n" + CODE.rstrip("\n"))
    assert (tmp_path / "told").read_text().startswith(odd) and not (tmp_path / "obeyed").exists()


@pytest.mark.children
def test_a_megabyte_is_no_trouble_whether_it_is_read_or_not(hook):
    much = SETTINGS + OTHERS * 10_000 + CODE
    assert "told" in hook(much)
    assert hook(much, NO_DACHSADMIN_GUARD="1") == ""
    assert "could not tell all" in hook(CODE * 10_000, "exit 3")


@pytest.mark.children
def test_the_hook_is_silent_in_a_run_of_our_own_and_where_dachsadmin_is_gone(hook, tmp_path):
    assert hook(CODE, **guard.SILENCE) == "" and not (tmp_path / "told").exists()
    (tmp_path / "dachsadmin").unlink()
    assert hook(CODE, "") == ""
    (tmp_path / "apt-guard").unlink()
    assert hook(CODE) == "" and not (tmp_path / "told").exists()


@pytest.mark.children
@pytest.mark.parametrize("trouble", [
    "sleep 5", "trap '' TERM; while :; do sleep 0.1; done", "exit 70", "kill -9 $$", "echo Traceback >&2; exit 1", "exec /none"])
def test_a_dachsadmin_that_hangs_or_crashes_ends_in_one_line(hook, trouble):
    told = hook(CODE, "echo first; " + trouble).splitlines()
    assert told[0] == "first" and told[1:] == [
        "dachsadmin could not tell all about this; when apt is done, run 'dachsadmin upgrade check'"]


@pytest.mark.children
def test_a_python_that_is_gone_ends_in_the_same_line(hook, tmp_path):
    (tmp_path / "dachsadmin").write_text("#!/nowhere/python3\n")
    (tmp_path / "dachsadmin").chmod(0o755)
    assert hook(CODE, "").startswith("dachsadmin could not tell all")


@pytest.mark.children
def test_without_a_place_to_tell_it_the_script_still_ends_well(hook, tmp_path):
    hook("")
    done = subprocess.run([str(tmp_path / "apt-guard")], input=CODE.encode(), capture_output=True)
    assert done.returncode == 0
    with open("/dev/full", "w") as full:
        line = f"{tmp_path}/apt-guard 3>&1"
        assert subprocess.run(["/bin/sh", "-c", line], input=CODE.encode(), stdout=full, stderr=full).returncode == 0


# -- what is told of it


class Stopping(FakeHost):
    """A machine on which a signal arrives `before` or `after` the hook is written or removed."""

    moment = ""

    def _at(self, path: str, moment: str) -> None:
        if path == guard.HOOK and moment == self.moment:
            self.moment = ""
            raise Stopped(ExitCode.TERMINATED)

    def write_atomic(self, path, content, **options):
        self._at(path, "before")
        super().write_atomic(path, content, **options)
        self._at(path, "after")

    def remove(self, path):
        self._at(path, "before")
        super().remove(path)
        self._at(path, "after")


@pytest.fixture
def host(tmp_path, monkeypatch):
    (tmp_path / "root").mkdir()
    monkeypatch.setenv("GAVOSETTINGS", str(tmp_path / "none"))
    monkeypatch.setenv("HOME", str(tmp_path))
    found = Stopping(tmp_path / "root", {(dachs.INTERPRETER, "-c", dachs._probe()): EnvironmentFault("there is no python3")})
    for folder in ("/etc/apt/apt.conf.d", "/usr/share/dachsadmin", "/var/log"):
        found.make_folder(folder)
    found.write_atomic(guard.SCRIPT, "#!/bin/sh\n")
    return found


def told(host, text: str) -> str:
    return "\n".join(guard.tell(host, dachs.INTERPRETER, STATE, text.splitlines()))


@pytest.mark.parametrize(("line", "expected"), [
    (CODE, [("python3-gavo", "2.7+dfsg-2", "2.13+dfsg-2")]),
    ("python3-gavo 2.7 < 2.13 /x.deb\n", [("python3-gavo", "2.7", "2.13")]),
    ("python3-gavo 2.7 all none > - - none **REMOVE**\n", [("python3-gavo", "2.7", "")]),
    ("postgresql-17 - - none < 17.2 amd64 none /x.deb", [("postgresql-17", "", "17.2")]),
    ("python3-gavo 2.7 all none < 2.13 all none **CONFIGURE**", []), ("python3-gavo 2.7 all none = 2.7 all none /x.deb", []),
    ("VERSION 3", []), ("APT::Arch=a b < c d", []), ("/var/cache/python3-gavo_2.13_all.deb", []), ("", []), ("\ufffd", [])])
def test_versions_2_and_3_of_apts_protocol_are_read(line, expected):
    assert [(each.package, each.before, each.after) for each in guard.parse(line.splitlines(), NOW)] == expected


def test_an_upgrade_of_dachs_is_told_with_its_plan_and_the_commands_for_afterwards(host):
    said = told(host, SETTINGS + CODE + CODE.replace("/var", "**CONFIGURE**") + POSTGRESQL)
    assert said.startswith("dachsadmin: DaCHS goes from 2.7+dfsg-2 to 2.13+dfsg-2\ndachsadmin: postgresql-15 goes from 15.8-0")
    assert "run 'dachsadmin upgrade finish'\n" in said and f"this stands in {STATE}/seen/20260301T" in said
    assert re.search(r"\n  DaCHS 2\.7 to 2\.13, 6 releases: \d+ steps.*\n(.*\n)*    dachs upgrade\n    systemctl restart dachs$", said)
    [file] = host.names(f"{STATE}/seen")
    noted = json.loads(host.text(f"{STATE}/seen/{file}"))
    assert [each["package"] for each in noted["changes"]] == ["python3-gavo", "postgresql-15"]
    assert host.mode_and_owner(f"{STATE}/seen/{file}")[0] == 0o600 and host.mode_and_owner(STATE)[0] == 0o700


@pytest.mark.parametrize(("text", "expected"), [
    (CODE.replace("2.13", "9.9"), "there is no plan for this: --to: there is no release '9.9'"),
    ("python3-gavo 2.13 all none > 2.7 all none /x.deb", "DaCHS goes back from 2.13 to 2.7; its database does not"),
    ("python3-gavo 2.7 all none > - - none **REMOVE**", "DaCHS 2.7 is removed"),
    ("gavodachs2-server 2.7 all none > - - none **REMOVE**", "gavodachs2-server 2.7 is removed"),
    ("postgresql-17 - - none < 17.2 amd64 none /x.deb", "your databases stay where they are"),
    (POSTGRESQL + "".join(POSTGRESQL.replace("-15 ", f"-15-x{number} ") for number in range(9)), ", and 5 more")])
def test_other_changes_are_told_for_what_they_are(host, text, expected):
    said = told(host, text)
    assert expected in said and ("run 'dachsadmin upgrade check'" in said) is ("2.7+dfsg-2" not in text)


def test_what_is_installed_for_the_first_time_concerns_nobody(host):
    assert told(host, CODE.replace("2.7+dfsg-2 all", "- -")) == "" and not host.exists(STATE)


def test_what_cannot_be_noted_is_told_all_the_same(host):
    host.make_folder("/var/lib")
    host.write_atomic(STATE, "no folder")
    said = told(host, CODE)
    assert "this could not be noted: /var/lib/dachsadmin" in said and "DaCHS 2.7 to 2.13" in said


# -- the snapshot


def asked(database: str) -> tuple[str, ...]:
    """The command line of a question to a database."""
    return ("psql", *databases.PSQL, "-At", "-1", "-f", "-", "-U", "postgres", "-d", databases._named(database))


def sized(host, tmp_path, size: int):
    """A database with so many bytes in dc.products."""
    (tmp_path / "none").write_text(f"[general]\nrootDir: {tmp_path}\n")
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "feed").write_text("database = gavo\n")
    host.replies["pg_dump", "--version", "-U", "postgres", "-d", databases._named("gavo")] = "pg_dump (PostgreSQL) 15.8\n"
    host.replies[asked("gavo")] = json.dumps({"database": size, "server": 15, "may_restore": True, "tables": {"dc.products": size}})


@pytest.mark.parametrize(("size", "why"), [
    (200_000_000, "it would take about 20 s, and apt waits 15 s for it"), (10**13, "it would take about 277.8 h")])
def test_a_snapshot_that_would_take_long_is_not_begun(host, tmp_path, size, why):
    sized(host, tmp_path, size)
    said = "\n".join(guard.tell(host, dachs.INTERPRETER, STATE, [CODE.rstrip()], "/backups"))
    assert f"  no snapshot was made: {why}" in said and "DaCHS 2.7 to 2.13" in said
    assert not host.exists("/backups")


@pytest.mark.parametrize(("trouble", "told"), [
    (EnvironmentFault("no server answers"), "no server answers"), (Stopped(ExitCode.TERMINATED), "it took too long")])
def test_a_snapshot_that_does_not_come_about_is_told_and_leaves_nothing(host, tmp_path, trouble, told):
    sized(host, tmp_path, 1000)

    def stop(host):
        assert host.names("/backups") == ["apt-20260301T120003.000000Z"]
        raise trouble
    host.replies[asked("postgres")] = stop
    said = []
    with suppress(Stopped):
        for line in guard.tell(host, dachs.INTERPRETER, STATE, [CODE.rstrip()], "/backups"):
            said.append(line)
    assert f"  no snapshot was made: {told}" in said
    assert host.names("/backups") == []


def test_without_a_database_there_is_no_snapshot(host, tmp_path):
    (tmp_path / "none").write_text(f"[general]\nrootDir: {tmp_path}\n")
    said = list(guard.tell(host, dachs.INTERPRETER, STATE, [POSTGRESQL.rstrip()], "/backups"))
    assert said[-1].startswith("  no snapshot was made: there is no database profile 'feed'")


# -- what was seen


def test_only_the_latest_events_are_kept(host):
    seen.note(host, STATE, [Change(NOW, seen.CODE, "2.3", "2.7")])
    for number in range(99):
        Path(host.real(f"{STATE}/seen/20260301T13{number:02}.json")).write_text("{}")
    latest = Change(NOW, seen.CODE, "2.7", "2.13")
    host.now = NOW.replace(hour=14)
    seen.note(host, STATE, [latest])
    assert seen.seen(host, STATE) == (latest,) and len(host.names(f"{STATE}/seen")) == 100


def test_what_is_damaged_or_of_another_make_is_left_out(host):
    seen.note(host, STATE, [Change(NOW, seen.CODE, "2.7", "2.13")])
    for name, text in (("a", "{"), ("b", "[]"), ("c", '{"schema_version": 2}'), ("d", "[" * 100_000), ("e", '{"schema_version": 1}'),
                       ("f", '{"schema_version": 1, "changes": [{"at": "now"}]}'), ("g", "\x00")):
        host.write_atomic(f"{STATE}/seen/{name}.json", text)
    assert [each.after for each in seen.seen(host, STATE)] == ["2.13"]


LOG = b"""\
2026-02-27 09:00:00 startup archives unpack
2026-02-27 09:00:01 upgrade python3-gavo:all 2.7+dfsg-2 2.13+dfsg-2
2026-02-27 09:00:01 status half-configured python3-gavo:all 2.7+dfsg-2
2026-02-27 09:00:02 upgrade libpq5:amd64 15.8-0 15.10-0
2026-02-27 09:00:03 install python3-gavo-stc:all <none> 2.13+dfsg-2
2026-99-27 09:00:04 upgrade python3-gavo:all 1 2
\xff\xfe upgrade
2026-02-27 09:00:05 remove gavodachs2-server:all 2.7+dfsg-2 <none>
"""


def test_dpkgs_logs_are_read_however_old_and_packed(host, monkeypatch):
    host.write_atomic("/var/log/dpkg.log", LOG)
    host.write_atomic("/var/log/dpkg.log.1", LOG.replace(b"2026-02-27", b"2025-06-01").replace(b"2.7+", b"2.3+").replace(b"2.13+", b"2.7+"))
    host.write_atomic("/var/log/dpkg.log.2.gz", gzip.compress(b"2024-01-01 00:00:00 upgrade python3-gavo:all 2.1 2.3\n"))
    host.write_atomic("/var/log/dpkg.log.3.gz", gzip.compress(LOG)[:60])
    host.write_atomic("/var/log/dpkg.log.4.gz", b"nothing packed")
    host.write_atomic("/var/log/dpkg.log.swp", LOG)
    found = dpkglog.changes(host, lambda package: package == "python3-gavo")
    assert [(each.at.astimezone().strftime("%Y-%m-%d"), each.before, each.after) for each in found] == [
        ("2024-01-01", "2.1", "2.3"), ("2025-06-01", "2.3+dfsg-2", "2.7+dfsg-2"), ("2026-02-27", "2.7+dfsg-2", "2.13+dfsg-2")]
    others = [(each.package, each.before, each.after) for each in seen.seen(host, STATE) if each.package != seen.CODE]
    assert ("python3-gavo-stc", "", "2.13+dfsg-2") in others and ("gavodachs2-server", "2.7+dfsg-2", "") in others


def test_what_the_guard_noted_and_dpkg_logged_is_seen_once_and_as_it_was_done(host):
    seen.note(host, STATE, [Change(NOW, seen.CODE, "2.7+dfsg-2", "2.13+dfsg-2"), Change(NOW, "postgresql-15", "15.8", "15.10")])
    assert seen.seen(host, STATE) == (Change(NOW, seen.CODE, "2.7+dfsg-2", "2.13+dfsg-2"),)
    host.write_atomic("/var/log/dpkg.log", LOG)
    assert [each.at.astimezone().day for each in seen.seen(host, STATE) if each.package == seen.CODE] == [27]
    host.remove("/var/log/dpkg.log")
    assert guard.status(host, STATE).splitlines()[1] == "2026-03-01 12:00 UTC: DaCHS goes from 2.7+dfsg-2 to 2.13+dfsg-2"


# -- the command: five tests


@pytest.fixture
def journal(host):
    return Journal(host)


def test_a_dry_run_leaves_no_trace(host, journal):
    assert plan.apply(guard.plan(host, "warn"), host, journal, dry_run=True).results == (
        "would write the hook into apt's configuration",)
    assert not host.exists(guard.HOOK) and not host.exists("/var/lib") and guard.status(host, STATE).endswith("set to off")


def test_applying_switches_it_on_and_off(host, journal):
    plan.apply(guard.plan(host, "warn"), host, journal)
    assert host.text(guard.HOOK) == guard.content("warn") and host.mode_and_owner(guard.HOOK)[0] == 0o644
    assert guard.status(host, STATE) == "the apt guard is set to warn"
    plan.apply(guard.plan(host, "snapshot"), host, journal)
    assert guard.status(host, STATE) == "the apt guard is set to snapshot"
    plan.apply(guard.plan(host, "off"), host, journal)
    assert not host.exists(guard.HOOK)


@pytest.mark.parametrize("mode", guard.MODES)
def test_a_second_run_does_nothing(host, journal, mode):
    plan.apply(guard.plan(host, mode), host, journal)
    assert plan.apply(guard.plan(host, mode), host, journal).change is None


@pytest.mark.parametrize("mode", guard.MODES)
@pytest.mark.parametrize("moment", ["before", "after"])
def test_what_was_interrupted_converges(host, journal, mode, moment):
    if mode == "off":
        host.write_atomic(guard.HOOK, "// mine\n")
    host.moment = moment
    with pytest.raises(Stopped):
        plan.apply(guard.plan(host, mode), host, journal)
    assert journal.entry(1).unfinished
    assert plan.apply(guard.plan(host, mode), host, journal).change == 1 and journal.entry(1).outcome == "done"
    assert host.exists(guard.HOOK) is (mode != "off")


def test_undo_restores_what_was_there(host, journal):
    host.write_atomic(guard.HOOK, "// mine\n", mode=0o600)
    plan.apply(guard.plan(host, "warn"), host, journal)
    plan.undo(journal, host, 1)
    assert host.text(guard.HOOK) == "// mine\n" and host.mode_and_owner(guard.HOOK)[0] == 0o600
    plan.apply(guard.plan(host, "off"), host, journal)
    plan.undo(journal, host, 2)
    assert host.text(guard.HOOK) == "// mine\n"


def test_the_command_line_refuses_what_cannot_be(host, monkeypatch, capfd):
    monkeypatch.setattr(change, "machine", lambda: host)
    monkeypatch.setattr(output, "_options", output.Options())
    assert run(["upgrade", "guard"]) == ExitCode.OK and capfd.readouterr().out == "the apt guard is set to off\n"
    assert run(["upgrade", "guard", "loud"]) == ExitCode.USAGE and "warn, snapshot or off, not to 'loud'" in capfd.readouterr().err
    assert run(["upgrade", "guard", "off", "--hook"]) == run(["upgrade", "guard", "--hook"]) == ExitCode.USAGE
    assert run(["upgrade", "guard", "warn", "-s"]) == ExitCode.OK and "+DPkg::Pre-Install-Pkgs" in capfd.readouterr().out
    host.remove(guard.SCRIPT)
    assert run(["upgrade", "guard", "warn"]) == ExitCode.ENVIRONMENT and "Debian's package" in capfd.readouterr().err


# -- the package


def test_the_package_has_the_script_and_its_purge_takes_the_hook():
    installed = (ROOT / "debian/dachsadmin.install").read_text(encoding="utf-8").split("\n")
    assert f"debian/apt-guard {os.path.dirname(guard.SCRIPT).lstrip('/')}/" in installed
    assert os.access(ROOT / "debian/apt-guard", os.X_OK)
    purge = (ROOT / "debian/dachsadmin.postrm").read_text(encoding="utf-8").partition('= purge')[2]
    assert f"rm -f {guard.HOOK}" in purge
