"""The command line as a user meets it: streams, exit codes, options anywhere, signals, the journal."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import jsonschema
import pytest
from fakes import FakeHost

from dachsadmin.cli import change, main, output
from dachsadmin.errors import AdminError, EnvironmentFault, ExitCode, Refused, TargetError
from dachsadmin.plan import Plan, Step
from dachsadmin.verbs import RunProgram, WriteFile
from dachsadmin.version import version

ROOT = Path(__file__).parents[2]


@pytest.fixture
def call(capsys, tmp_path, monkeypatch):
    """Run a command line in this process; return exit status, stdout and stderr."""
    monkeypatch.setenv("DACHSADMIN_CONFIG", str(tmp_path / "none.yaml"))
    (tmp_path / "none.yaml").write_text("")
    monkeypatch.setattr(output, "_options", output.Options())
    monkeypatch.setattr(sys, "stdin", open(os.devnull))

    def run(*words: str) -> tuple[int, str, str]:
        code = main.run(words)
        return (code, *capsys.readouterr())
    return run


@pytest.fixture
def host(tmp_path, monkeypatch):
    made = FakeHost(tmp_path / "root", {("server", "up"): "", ("server", "down"): ""})
    (tmp_path / "root").mkdir()
    made.make_folder("/etc")
    made.write_atomic("/etc/dachs.conf", "old\n")
    monkeypatch.setattr(change, "machine", lambda: made)
    return made


def wanted() -> Plan:
    start = RunProgram(("server", "up"), undo_argv=("server", "down"))
    return Plan("set up logs", (Step("conf", "write the configuration", WriteFile("/etc/dachs.conf", "new\n")),
                                Step("up", "start the server", start)))


@pytest.fixture
def setup_command(monkeypatch, host):
    """A command `setup` that changes the installation, as the later features have them."""
    monkeypatch.setattr(main.app, "registered_commands", list(main.app.registered_commands))
    main.app.command("setup")(lambda: change.carry_out(wanted(), host))
    return host


def test_without_a_command_the_help_goes_to_stderr_and_the_status_is_usage(call):
    code, out, err = call()
    assert (code, out) == (ExitCode.USAGE, "") and err.startswith("Usage: dachsadmin")
    code, out, err = call("config")
    assert (code, out) == (ExitCode.USAGE, "") and err.startswith("Usage: dachsadmin config")


def test_asked_for_help_goes_to_stdout(call):
    for words in (["--help"], ["-h"], ["val", "--help"], ["config", "-h"], ["-q", "config", "show", "-h"]):
        code, out, err = call(*words)
        assert (code, err) == (0, "") and out.startswith("Usage: dachsadmin"), words


def test_help_lists_only_commands_that_are_there(call):
    listed = [line.split()[0] for line in call("--help")[1].split("Commands:\n")[1].splitlines() if line.strip()]
    assert sorted(listed) == ["config", "demo", "history", "obscore", "probe", "resume", "show", "start", "undo", "upgrade",
                              "val", "vosi"]


@pytest.mark.parametrize(("words", "error", "hint"), [
    (["vall"], "no command 'vall'", "did you mean 'dachsadmin val'?"),
    (["xylophone"], "no command 'xylophone'", "run 'dachsadmin --help' to see all commands"),
    (["config", "shw"], "no command 'config shw'", "did you mean 'dachsadmin config show'?"),
    (["val", "--frobnicate"], "no such option: --frobnicate", "run 'dachsadmin val --help'"),
    (["config", "show", "--colour"], "no such option: --colour", "did you mean --color?"),
    (["val", "--selct=DA1"], "no such option: --selct", "did you mean --select?"),
    (["val", "-T"], "-T needs a value", "write '-T VALUE'"),
    (["val", "-Z"], "no such option: -Z", "run 'dachsadmin val --help'"),
    (["show"], "missing argument 'ID'", "run 'dachsadmin show --help'"),
    (["val", "--color"], "--color needs a value", "write '--color VALUE'"),
    (["config", "show", "--color=red"], "--color takes auto, always or never, not 'red'", None),
])
def test_wrong_command_lines_are_usage_errors_with_a_way_out(call, words, error, hint):
    expected = f"error: {error}\n" + (f"hint: {hint}\n" if hint else "")
    assert call(*words) == (ExitCode.USAGE, "", expected)


def test_a_value_of_the_wrong_kind_is_a_usage_error_whatever_words_typer_has_for_it(call):
    code, out, err = call("val", "-T", "soon", "x")
    assert (code, out) == (ExitCode.USAGE, "")
    assert err.startswith("error: invalid value for '-T' / '--timeout': ")
    assert err.endswith("\nhint: run 'dachsadmin val --help'\n")


def test_the_version_is_told_with_those_of_dachs_postgresql_and_python(call, monkeypatch):
    from dachsadmin.system import host as boundary

    class Scripted(FakeHost):
        def __init__(self):
            super().__init__("/")

        def which(self, program):
            return program

        def _execute(self, argv, *rest):
            if argv[0] == "dpkg-query":
                self.replies[argv] = ("installed postgresql-15 15.18-0+deb12u1\ninstalled postgresql-15-q3c 2.0.0-7\n"
                                      "config-files postgresql-13 13.1\n")
            else:
                self.replies[argv] = '["2.7", "/usr/lib/python3/dist-packages/gavo", "3.11.2"]'
            return super()._execute(argv, *rest)

    monkeypatch.setattr(boundary, "Host", Scripted)
    monkeypatch.setattr(sys, "prefix", "/a/venv")
    code, out, err = call("--version")
    assert (code, err) == (0, "")
    assert out.splitlines() == [f"dachsadmin {version()}", "DaCHS 2.7 (/usr/lib/python3/dist-packages/gavo)",
                                "PostgreSQL 15.18 (postgresql-15)",
                                f"Python {sys.version.split()[0]} ({sys.executable})"]


def sorted_out(*words: str) -> tuple[str, str]:
    import typer

    options, rest, _ = main.sort_out(typer.main.get_command(main.app), words)
    return " ".join(options), " ".join(rest)


@pytest.mark.parametrize(("words", "options", "rest"), [
    ("val -q x", "-q", "val x"),
    ("-q val x -v -v", "-q -v -v", "val x"),
    ("val -qv x", "-q -v", "val x"),
    ("val -pv x", "-v", "val -p x"),
    ("val -vT5 x", "-v", "val -T5 x"),
    ("val -T 5 -y", "-y", "val -T 5"),
    ("val --select -q x", "", "val --select -q x"),
    ("val --select=-q x --color=never --config f", "--color=never --config f", "val --select=-q x"),
    ("val x -- -q --debug", "", "val x -- -q --debug"),
    ("config show --simulate", "--simulate", "config show"),
    ("config --debug show", "--debug", "config show"),
    ("val -pZv x", "", "val -p -Zv x"),
    ("val - -s", "-s", "val -"),
])
def test_options_of_every_command_may_stand_anywhere_but_values_and_own_options_stay(words, options, rest):
    assert sorted_out(*words.split()) == (options, rest)


def test_settings_are_shown_with_their_origins_and_without_passwords(call, tmp_path, monkeypatch):
    (tmp_path / "mine.yaml").write_text("val:\n  profile: strict\ndatabase:\n  dsn: postgresql://u:geheim@db/gavo\n")
    monkeypatch.setenv("DACHSADMIN_VAL_IGNORE", "DA2,DA310")
    code, out, err = call("config", "show", "--config", str(tmp_path / "mine.yaml"))
    rows = {line.split()[0]: line for line in out.splitlines()}
    assert (code, err) == (0, "")
    assert rows["val.profile"].endswith(f"{tmp_path}/mine.yaml:2")
    assert "postgresql://u:***@db/gavo" in rows["database.dsn"]
    assert rows["val.ignore"].split("  ")[-1] == "DACHSADMIN_VAL_IGNORE" and "[DA2, DA310]" in rows["val.ignore"]
    assert "geheim" not in out


def test_a_wrong_setting_is_exit_status_3(call, tmp_path):
    (tmp_path / "mine.yaml").write_text("val:\n  fail-on: error\n")
    assert call("config", "show", "--config", f"{tmp_path}/mine.yaml") == (
        ExitCode.TARGET, "", f"error: {tmp_path}/mine.yaml:2: there is no setting 'val.fail-on'\n"
                             "hint: did you mean 'val.fail_on'?\n")


def failing(monkeypatch, error: BaseException) -> None:
    monkeypatch.setattr(main.app, "registered_commands", list(main.app.registered_commands))

    def fail() -> None:
        raise error
    main.app.command("fail")(fail)


@pytest.mark.parametrize(("error", "code"), [
    (TargetError("x is y", "do z"), 3), (EnvironmentFault("x is y", "do z"), 4), (Refused("x is y", "do z"), 5)])
def test_errors_are_told_with_a_hint_and_their_exit_status_without_traceback(call, monkeypatch, error, code):
    failing(monkeypatch, error)
    assert call("fail") == (code, "", "error: x is y\nhint: do z\n")
    assert "Traceback" in call("fail", "--debug")[2]


def test_a_bug_is_one_line_and_exit_status_70(call, monkeypatch):
    failing(monkeypatch, ZeroDivisionError("a\nb"))
    assert call("fail") == (70, "", "error: this is a bug in dachsadmin: ZeroDivisionError: a b\n"
                                    "hint: run it again with --debug, and report what it shows\n")
    assert "Traceback" in call("--debug", "fail")[2]


def test_escape_sequences_in_messages_do_not_reach_the_terminal(call, monkeypatch):
    failing(monkeypatch, AdminError("the file \033[2Jx\udcff is bad"))
    assert call("fail")[2] == "error: the file \\x1b[2Jx\\xdcff is bad\n"


def test_colours_are_for_terminals_unless_asked_for(call, monkeypatch):
    failing(monkeypatch, AdminError("x"))
    assert call("fail", "--color", "always")[2] == "\033[1;31merror:\033[0m x\n"
    assert call("fail", "--color", "never")[2] == call("fail")[2] == "error: x\n"


def test_a_terminal_sees_what_is_being_done_and_how_far_it_is(monkeypatch):
    class Screen(io.StringIO):
        def isatty(self):
            return True
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(output, "_options", output.Options())
    terminal = output.Terminal()
    terminal.progress("making a throw-away database", 0, 0)
    terminal.progress("deep", 1, 2)
    terminal.progress("deep", 2, 2)
    terminal.note("done")
    first, bar, last = screen.getvalue().split("\r\033[K")
    assert first == "making a throw-away database ..." and bar.endswith("] deep 1/2") and last == "done\n"


def test_severities_of_the_text_report_are_coloured_and_nothing_else(monkeypatch):
    report = "a b.rd:1:2: error: info: no [DA101 x]\n    hint: error: do it\n3 RDs: untested: why [DA901 y]\n"
    assert output.Terminal().paint(report) == report
    monkeypatch.setattr(output, "_options", output.Options(color="always"))
    assert output.Terminal().paint(report) == report.replace("error:", "\033[1;31merror\033[0m:", 1).replace(
        "untested", "\033[1;35muntested\033[0m")


def test_a_change_is_shown_and_refused_where_nobody_can_confirm_it(call, setup_command):
    code, out, err = call("setup")
    assert code == ExitCode.REFUSED
    assert out.splitlines()[0] == "set up logs" and out.splitlines()[-1] == "2 steps to do"
    assert err == ("error: 'set up logs' has to be confirmed, and there is no terminal to ask on\n"
                   "hint: add --yes to do it, or --dry-run to see the plan only\n")
    assert setup_command.ran == [] and not setup_command.exists("/var")


def test_a_dry_run_is_the_plan_and_nothing_else(call, setup_command):
    code, out, err = call("setup", "-s")
    assert (code, err, out.splitlines()[-1]) == (0, "", "2 steps to do")
    assert setup_command.ran == [] and not setup_command.exists("/var")


def test_a_confirmed_change_is_made_shown_in_the_history_and_undone(call, setup_command):
    code, out, err = call("setup", "--yes")
    assert code == 0
    assert err.splitlines() == ["done  write the configuration", "$ server up", "done  start the server",
                                "change 1 is done; 'dachsadmin undo 1' takes it back"]
    assert call("history")[1].splitlines()[1].split()[0] == "1" and "set up logs" in call("history")[1]
    shown = call("show", "1")[1]
    assert "outcome: done" in shown and "write the configuration [conf]" in shown and "  $ server up" in shown
    assert call("undo", "-s")[1].splitlines() == ["undo change 1: set up logs", "  1. undo: start the server",
                                                  "  2. undo: write the configuration"]
    assert call("undo")[0] == ExitCode.REFUSED
    code, out, err = call("undo", "-y")
    assert (code, err.splitlines()[-1]) == (0, "change 1 is undone")
    assert setup_command.text("/etc/dachs.conf") == "old\n"
    assert call("undo", "-y") == (0, "", "there is no change to undo\n")


def test_the_journal_is_told_to_programs_as_its_schema_says(call, setup_command):
    schema = json.loads((ROOT / "docs" / "journal.schema.json").read_text(encoding="utf-8"))
    assert call("history", "--report", "json")[:2] == (0, '{\n  "schema_version": 1,\n  "changes": []\n}\n')
    call("setup", "--yes")
    setup_command.replies["server", "up"] = 7
    setup_command.write_atomic("/etc/dachs.conf", "old\n")
    call("setup", "--yes")
    code, out, err = call("history", "--report", "json:/etc/history.json", "--report", "text")
    assert (code, err, out) == (0, "", call("history")[1])
    told = json.loads(setup_command.text("/etc/history.json"))
    jsonschema.validate(told, schema)
    assert [change["outcome"] for change in told["changes"]] == ["done", "failed"]
    one = json.loads(call("show", "1", "--report", "json")[1])
    jsonschema.validate(one, schema)
    assert one["changes"] == told["changes"][:1]
    assert one["changes"][0]["command_lines"] == ["server up"]
    assert [(step["id"], step["state"]) for step in one["changes"][0]["steps"]] == [("conf", "done"), ("up", "done")]
    parts = schema["$defs"]
    assert set(one) == set(schema["properties"]) and set(one["changes"][0]) == set(parts["change"]["properties"])
    assert set(one["changes"][0]["steps"][0]) == set(parts["step"]["properties"])
    assert call("show", "1", "--report", "sarif") == (2, "", "error: there is no report format 'sarif'\n"
                                                             "hint: use one of text, json\n")


def test_a_stopped_change_names_the_ways_on_and_is_resumed(call, setup_command):
    setup_command.replies["server", "up"] = 7
    code, _, err = call("setup", "-y")
    assert code == ExitCode.PARTLY_DONE and "'dachsadmin resume 1'" in err
    setup_command.replies["server", "up"] = ""
    code, out, err = call("resume", "-y")
    assert (code, err.splitlines()[-1]) == (0, "change 1 is done")
    assert call("resume", "-y") == (0, "", "no change is unfinished\n")
    assert call("resume", "1", "-y")[0] == ExitCode.TARGET


def test_a_change_that_a_signal_stops_tells_the_ways_on(call, setup_command):
    def stop(host):
        from dachsadmin.errors import Stopped

        raise Stopped(ExitCode.TERMINATED)
    setup_command.replies["server", "up"] = stop
    code, _, err = call("setup", "-y")
    assert code == ExitCode.TERMINATED
    assert "change 1 is unfinished: 'dachsadmin resume 1' goes on, 'dachsadmin undo 1' goes back\n" in err


def test_the_journal_is_for_root(call, host):
    host._is_root = False
    for words in (["history"], ["show", "1"], ["resume"], ["undo"]):
        code, out, err = call(*words)
        assert (code, out) == (ExitCode.REFUSED, "") and "needs root" in err


def test_a_change_that_is_not_there_is_named(call, host):
    assert call("show", "7") == (ExitCode.TARGET, "", "error: the journal has no change 7\n"
                                                      "hint: run 'dachsadmin history' to see all changes\n")


def child(*words: str, code: str = "", **options) -> subprocess.CompletedProcess:
    """A real process: `dachsadmin WORDS`, after running `code` (which may add commands)."""
    script = textwrap.dedent(code) + "\nimport sys\nfrom dachsadmin.cli.main import main\nsys.exit(main())\n"
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{os.environ.get('PYTHONPATH', '')}"}
    return subprocess.run([sys.executable, "-c", script, *words], env=environment, timeout=60,
                          **({"capture_output": True} if "stdout" not in options else {}), **options)


@pytest.mark.children
def test_help_loads_nothing_heavy():
    code = """
        import atexit, sys
        atexit.register(lambda: print(*sys.modules, file=sys.stderr))
    """
    for words in (["--help"], ["val", "--help"]):
        loaded = set(child(*words, code=code).stderr.decode().split())
        assert "dachsadmin.cli.main" in loaded
        assert loaded.isdisjoint({"astropy", "numpy", "lxml", "psycopg", "docutils", "jinja2", "yaml", "rich"})


ENDLESS = """
    import sys, time
    from dachsadmin.cli import main
    from dachsadmin.system.host import Host

    @main.app.command("endless")
    def endless():
        program = "import os, time; print(os.getpid(), file=open('pid', 'w'), flush=True); time.sleep(60)"
        Host().run([sys.executable, "-c", program], cwd=".")
"""


@pytest.mark.children
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)])
def test_signals_end_us_and_all_children_with_their_exit_status(tmp_path, number, code):
    script = textwrap.dedent(ENDLESS) + "\nsys.exit(main.main())\n"
    process = subprocess.Popen([sys.executable, "-c", script, "endless"], env={**os.environ, "PYTHONPATH": str(ROOT)},
                               stderr=subprocess.PIPE, cwd=tmp_path)
    for _ in range(200):
        if (tmp_path / "pid").exists() and (tmp_path / "pid").read_text().strip():
            break
        time.sleep(0.05)
    process.send_signal(number)
    err = process.communicate(timeout=30)[1].decode()
    assert process.returncode == code
    assert err == ExitCode(code).meaning + "\n"
    assert not Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}").exists()


MUCH = """
    import typer
    from dachsadmin.cli import main, output

    @main.app.command("much")
    def much():
        for _ in range(1000):
            output.payload("x" * 1000)
        output.note("came to the end")
        raise typer.Exit(1)
"""


@pytest.mark.children
def test_a_reader_that_goes_away_changes_nothing_about_the_exit_status(tmp_path):
    reading, writing = os.pipe()
    os.close(reading)
    done = child("much", code=MUCH, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"came to the end\n")


@pytest.mark.children
def test_a_full_disk_behind_stdout_is_told(tmp_path):
    with open("/dev/full", "rb+", buffering=0) as full:
        done = child("--help", stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == ExitCode.ENVIRONMENT
    assert done.stderr == b"error: stdout cannot be written: No space left on device\nhint: run 'df -h'\n"


@pytest.mark.children
def test_output_is_utf_8_in_any_locale(tmp_path):
    code = """
        from dachsadmin.cli import main, output
        main.app.command("say")(lambda: output.payload("\\u00e4 \\u2192 \\udcff"))
    """
    done = child("say", code=code)
    for name in ("LC_ALL", "PYTHONIOENCODING"):
        environment = {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
    os.environ.update(environment)
    try:
        other = child("say", code=code)
    finally:
        for name in environment:
            os.environ.pop(name)
    assert done.stdout == other.stdout == "ä → ".encode() + b"\xff\n"


@pytest.mark.children
def test_the_module_runs_like_the_program():
    done = subprocess.run([sys.executable, "-m", "dachsadmin", "config", "sample"], capture_output=True,
                          env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"#  fail_on: error\n" in done.stdout
