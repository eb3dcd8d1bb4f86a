"""The boundary object keeps its promises on real files, and runs real programs as asked."""

from __future__ import annotations

import hashlib
import os
import resource
import signal
import socket
import stat
import subprocess
import sys
import time

import pytest
from fakes import FakeHost, UnscriptedCommand

from dachsadmin.errors import EnvironmentFault, ExitCode, Refused, TargetError
from dachsadmin.system.command import CommandFailed, CommandTimeout, command_line, redact
from dachsadmin.system.host import LOCK, Host


@pytest.fixture
def host(tmp_path):
    (tmp_path / "etc").mkdir()
    return FakeHost(tmp_path)


def test_a_new_file_has_the_wanted_mode_and_owner(host, tmp_path):
    host.write_atomic("/etc/a", "text", mode=0o640, owner="gavo:gavo")
    assert (tmp_path / "etc/a").read_text() == "text"
    assert host.mode_and_owner("/etc/a") == (0o640, "gavo:gavo")


def test_an_existing_file_keeps_its_mode(host, tmp_path):
    (tmp_path / "etc/a").write_text("old")
    (tmp_path / "etc/a").chmod(0o604)
    host.write_atomic("/etc/a", b"new")
    assert (host.text("/etc/a"), host.mode_and_owner("/etc/a")[0]) == ("new", 0o604)


def test_setuid_bits_are_not_inherited_by_new_content(host, tmp_path):
    (tmp_path / "etc/a").write_text("old")
    (tmp_path / "etc/a").chmod(0o4755)
    host.write_atomic("/etc/a", "new")
    assert stat.S_IMODE((tmp_path / "etc/a").stat().st_mode) == 0o755


@pytest.mark.skipif(os.geteuid() != 0, reason="giving files away needs root")
def test_an_existing_file_keeps_its_owner(tmp_path):
    (tmp_path / "a").write_text("old")
    os.chown(tmp_path / "a", 65534, 65534)
    Host(tmp_path).write_atomic("/a", "new")
    assert ((tmp_path / "a").stat().st_uid, (tmp_path / "a").stat().st_gid) == (65534, 65534)


def test_a_failed_write_leaves_the_old_file_and_nothing_else(host, tmp_path):
    (tmp_path / "etc/a").write_text("old")
    with pytest.raises(EnvironmentFault, match="nobody-such"):
        host.write_atomic("/etc/a", "new", owner="nobody-such")
    assert os.listdir(tmp_path / "etc") == ["a"]
    assert host.text("/etc/a") == "old"


def test_the_files_of_a_tree_are_found_and_links_are_not_followed(host, tmp_path):
    (tmp_path / "etc/b/c").mkdir(parents=True)
    for name in ("z", "b/a", "b/c/d"):
        (tmp_path / "etc" / name).write_text("")
    (tmp_path / "etc/b/up").symlink_to("..")
    assert host.files("/etc") == ["/etc/z", "/etc/b/a", "/etc/b/c/d"]
    assert host.files("/nowhere") == []


def test_a_file_in_a_missing_directory_is_an_error_that_names_it(host):
    with pytest.raises(TargetError, match="/no/such/file cannot be written: No such file or directory"):
        host.write_atomic("/no/such/file", "x")


def test_links_are_followed_inside_the_root_only(host, tmp_path):
    (tmp_path / "srv").mkdir()
    (tmp_path / "etc/a").symlink_to("/srv/b")
    (tmp_path / "etc/up").symlink_to("../../../../srv/c")
    host.write_atomic("/etc/a", "through the link")
    host.write_atomic("/etc/up", "not above the root")
    assert (tmp_path / "srv/b").read_text() == "through the link"
    assert (tmp_path / "srv/c").read_text() == "not above the root"
    assert (tmp_path / "etc/a").is_symlink()


@pytest.mark.skipif(os.geteuid() != 0, reason="links of other users need root to make")
def test_links_of_other_users_are_refused(host, tmp_path):
    (tmp_path / "srv").mkdir()
    (tmp_path / "srv/logs").symlink_to("/etc")
    os.lchown(tmp_path / "srv/logs", 65534, 65534)
    with pytest.raises(Refused, match="/srv/logs, which belongs to another user"):
        host.write_atomic("/srv/logs/passwd", "mine now")
    assert os.listdir(tmp_path / "etc") == []


def test_links_that_lead_in_circles_end(host, tmp_path):
    (tmp_path / "etc/a").symlink_to("b")
    (tmp_path / "etc/b").symlink_to("a")
    with pytest.raises(TargetError, match="circles"):
        host.write_atomic("/etc/a", "x")


def test_what_is_no_regular_file_is_neither_read_nor_replaced(host, tmp_path):
    os.mkfifo(tmp_path / "etc/fifo")
    with pytest.raises(TargetError, match="no regular file"):
        host.write_atomic("/etc/fifo", "x")
    with pytest.raises(TargetError, match="no regular file"):
        host.read("/etc/fifo")


def test_removing_a_link_leaves_what_it_leads_to(host, tmp_path):
    (tmp_path / "etc/real").write_text("x")
    (tmp_path / "etc/link").symlink_to("real")
    host.remove("/etc/link")
    host.remove("/etc/link")
    host.remove("/never/was")
    assert os.listdir(tmp_path / "etc") == ["real"]


def test_a_backup_is_private(host, tmp_path):
    host.write_atomic("/etc/a", "first")
    copy = host.backup("/etc/a", "/var/backups/dachsadmin/1")
    host.write_atomic("/etc/a", "second")
    assert copy == "/var/backups/dachsadmin/1/etc/a"
    assert host.text(copy) == "first"
    assert host.mode_and_owner("/var/backups/dachsadmin")[0] == 0o700
    assert host.mode_and_owner(copy)[0] == 0o600


def test_appending_to_a_full_disk_adds_nothing(host, tmp_path):
    host.write_atomic("/etc/log", "one\n")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, before[1]))
    try:
        with pytest.raises(TargetError, match="/etc/log cannot be written"):
            host.append("/etc/log", b"two two two\n")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert host.text("/etc/log") == "one\n"


def test_the_second_one_to_lock_is_told_who_holds_it(host):
    with host.lock("upgrade"):
        with pytest.raises(Refused, match=rf"process {os.getpid()} \(upgrade, since 2026-03-01T12:00:01") as refusal:
            with host.lock("logs"):
                pass
    assert refusal.value.exit_code == ExitCode.REFUSED
    with host.lock("logs"):
        assert host.mode_and_owner(os.path.dirname(LOCK))[0] == 0o700


@pytest.mark.parametrize(("text", "shown"), [
    ("psql postgresql://gavo:geheim@db/gavo", "psql postgresql://gavo:***@db/gavo"),
    ("PGPASSWORD=geheim psql", "PGPASSWORD=*** psql"),
    ("host=db password=geheim user=x", "host=db password=*** user=x"),
    ("curl https://dc.example.org:8080/tap", "curl https://dc.example.org:8080/tap"),
])
def test_passwords_are_blotted_out(text, shown):
    assert redact(text) == shown


def test_command_lines_can_be_pasted_and_hide_secrets():
    assert command_line(["dachs", "val", "a b/q"], user="gavo") == "runuser -u gavo -- dachs val 'a b/q'"
    line = command_line(["x", "--password", "geheim", "--token=abc", "s3"], secrets=["s3"])
    assert line == "x --password *** --token=*** ***"


def test_an_unscripted_program_fails_the_test(host):
    with pytest.raises(UnscriptedCommand):
        host.run(["dachs", "serve"])


def test_programs_never_run_below_another_root(tmp_path):
    with pytest.raises(Refused):
        Host(tmp_path).run(["true"])


def _python(code: str, **options):
    return Host().run([sys.executable, "-c", code], **options)


@pytest.mark.children
def test_output_comes_back_whole_and_bytes_survive():
    code = "import sys; sys.stdout.buffer.write(b'\\xff' + b'x' * 300000); sys.stderr.write(sys.stdin.read())"
    done = _python(code, stdin=b"y" * 200000)
    assert done.stdout_bytes == b"\xff" + b"x" * 300000
    assert done.stderr == "y" * 200000


@pytest.mark.children
def test_a_failing_program_is_an_error_with_its_last_words():
    with pytest.raises(CommandFailed, match="failed with exit status 3: password=[*]{3} is wrong"):
        _python("import sys; print('password=geheim is wrong', file=sys.stderr); sys.exit(3)")
    assert _python("raise SystemExit(3)", check=False).returncode == 3


@pytest.mark.children
def test_a_program_that_reads_nothing_does_not_block_us():
    assert _python("print('done')", stdin=b"x" * 1_000_000).stdout == "done\n"


@pytest.mark.children
def test_a_slow_program_dies_with_its_children(tmp_path):
    code = ("import subprocess, sys, time\n"
            "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
            f"open({str(tmp_path / 'pid')!r}, 'w').write(str(child.pid))\n"
            "time.sleep(60)")
    with pytest.raises(CommandTimeout, match="longer than 1 s"):
        _python(code, timeout=1)
    assert _is_gone(int((tmp_path / "pid").read_text()))


@pytest.mark.children
def test_a_daemon_that_keeps_our_pipes_is_not_waited_for(tmp_path):
    code = ("import os, time\n"
            "if os.fork() == 0:\n"
            "    os.setsid(); time.sleep(20); os._exit(0)\n"
            "print('started')")
    before = time.monotonic()
    assert _python(code).stdout == "started\n"
    assert time.monotonic() - before < 10


@pytest.mark.children
def test_what_is_too_much_for_memory_goes_from_a_file_through_a_program_into_a_file(tmp_path):
    host = Host()
    (tmp_path / "in").write_bytes(b"\xffx" * 200000)
    with host.reading(str(tmp_path / "in")) as given, host.writing(str(tmp_path / "out"), mode=0o600) as stream:
        done = host.run(["cat"], stdin=given, sink=stream.write)
        assert not (tmp_path / "out").exists()
    assert (tmp_path / "out").read_bytes() == b"\xffx" * 200000 and (done.stdout, done.returncode) == ("", 0)
    assert host.mode_and_owner(str(tmp_path / "out"))[0] == 0o600
    assert host.sha256(str(tmp_path / "out")) == hashlib.sha256(b"\xffx" * 200000).hexdigest()


@pytest.mark.children
def test_what_a_failing_program_wrote_never_gets_the_name_of_the_file(tmp_path):
    host = Host()
    code = "import sys; print('half of it', flush=True); sys.exit('it broke')"
    with pytest.raises(CommandFailed, match="it broke"), host.writing(str(tmp_path / "out")) as stream:
        host.run([sys.executable, "-c", code], sink=stream.write)
    assert os.listdir(tmp_path) == []


@pytest.mark.children
def test_a_disk_that_fills_while_a_program_writes_is_told_and_ends_it(tmp_path):
    pid = tmp_path / "pid"
    code = f"import os; open({str(pid)!r}, 'w').write(str(os.getpid()))\nwhile True: os.write(1, b'x' * 65536)"
    host = Host()
    with pytest.raises(EnvironmentFault, match="the disk is full: .*/out cannot be written"), open("/dev/full", "wb", 0) as full, \
            host.writing(str(tmp_path / "out")):
        host.run([sys.executable, "-c", code], sink=full.write)
    assert _is_gone(int(pid.read_text())) and os.listdir(tmp_path) == ["pid"]


@pytest.mark.children
def test_a_program_that_is_not_there_is_an_error_that_names_it():
    with pytest.raises(EnvironmentFault, match="the program no-such-program is not installed"):
        Host().run(["no-such-program"])


@pytest.mark.children
def test_a_user_that_is_not_there_is_an_error_that_names_it():
    with pytest.raises(EnvironmentFault, match="there is no user no-such-user"):
        Host().run(["true"], user="no-such-user")


@pytest.mark.children
@pytest.mark.skipif(os.geteuid() != 0, reason="becoming another user needs root")
def test_another_user_gets_its_own_groups_and_a_clean_environment(monkeypatch):
    monkeypatch.setenv("SECRET_OF_ROOT", "x")
    done = Host().run([sys.executable, "-c", "import os; print(os.getuid(), os.getgroups(), os.environ['HOME'], "
                       "'SECRET_OF_ROOT' in os.environ)"], user="nobody")
    assert done.stdout.startswith("65534 [65534] /nonexistent False")


def _is_gone(pid: int) -> bool:
    for _ in range(50):
        try:
            if open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.1)
    return False


def test_the_guard_of_the_unit_ring_bites():
    with pytest.raises(AssertionError, match="subprocess.Popen"):
        subprocess.run(["true"])
    with pytest.raises(AssertionError, match="socket.getaddrinfo"):
        socket.create_connection(("127.0.0.1", 9))
    with socket.socket() as caller, pytest.raises(AssertionError, match="socket.connect"):
        caller.connect(("127.0.0.1", 9))
    with pytest.raises(AssertionError, match="open on /var/tmp/x"):
        open("/var/tmp/x", "w")
    with pytest.raises(AssertionError, match="os.mkdir on /var/tmp/x"):
        os.mkdir("/var/tmp/x")
