"""`dachsadmin val`: exit status, stdout and stderr, on good and on bad input; the static engine only.

Most runs are in this process. `shell` is a real one, for what may hang, and for the bytes that really arrive.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dachsadmin.cli import main, output

pytestmark = pytest.mark.children

ROOT = Path(__file__).parents[2]
GOOD = """<resource schema="stars"><meta name="title">Stars</meta><meta name="creationDate">2024-03-01T12:00:00Z</meta><meta name="description">Stars.</meta><meta name="subject">stars</meta>
<table id="main"><column name="ra" unit="deg" ucd="pos.eq.ra" description="Right ascension"/></table></resource>"""
BAD = GOOD.replace('unit="deg"', 'unit="erg sec-1 cm-2"')
LAUGHS = ('<!DOCTYPE lolz [<!ENTITY a "lol">' + "".join(
    f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in zip("abcdefghi", "bcdefghij")) + "]><resource>&j;</resource>")


@pytest.fixture
def tree(tmp_path):
    folder = tmp_path / "inputs" / "stars"
    folder.mkdir(parents=True)
    (folder / "q.rd").write_text(GOOD)
    return folder.parent


ELSEWHERE = {"GAVOSETTINGS": "/nonexistent", "GAVOCUSTOM": "/nonexistent", "DACHSADMIN_DACHS_INTERPRETER": "/nonexistent",
             "DACHSADMIN_PATHS_CACHE": str(Path(os.environ.get("TMPDIR", "/tmp")) / "nowhere")}
"""Keeps the configuration and the DaCHS of this machine out."""


def val(*words, cwd="/", env=None) -> subprocess.CompletedProcess:
    streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="surrogateescape") for _ in range(2)]
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("GAVO", "DACHSADMIN"))]:
            patch.delenv(name)
        for name, value in {**ELSEWHERE, **(env or {})}.items():
            patch.setenv(name, value)
        patch.chdir(cwd)
        patch.setattr(output, "_options", output.Options())
        with contextlib.redirect_stdout(streams[0]), contextlib.redirect_stderr(streams[1]):
            code = main.run(["val", *map(str, words)])
    for stream in streams:
        stream.seek(0)
    return subprocess.CompletedProcess(words, int(code), *(stream.read() for stream in streams))


def static(*words, **more) -> subprocess.CompletedProcess:
    return val("--engine", "static", "--no-cache", *words, **more)


def shell(*words, cwd="/") -> subprocess.CompletedProcess:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("GAVO", "DACHSADMIN"))}
    return subprocess.run([sys.executable, "-m", "dachsadmin", "val", "--engine", "static", "--no-cache", *map(str, words)],
                          cwd=cwd, text=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=120,
                          errors="surrogateescape",
                          env={**clean, **ELSEWHERE, "PYTHONPATH": f"{ROOT}:{os.environ.get('PYTHONPATH', '')}"})


def test_a_good_rd_is_exit_0_and_the_summary_is_not_in_the_payload(tree):
    done = static(tree / "stars/q.rd")
    assert (done.returncode, done.stdout) == (0, "")
    assert "1 RD checked: no findings" in done.stderr


def test_a_bad_rd_is_exit_1_with_file_line_column_and_code(tree):
    (tree / "stars/q.rd").write_text(BAD)
    done = shell("--tree", tree, "ALL_RECURSE", cwd=tree)
    assert done.returncode == 1
    assert done.stdout.startswith("stars/q.rd:2:36: error: ") and "[DA200 bad-unit]" in done.stdout


def test_one_missing_rd_is_exit_3_and_the_others_are_still_checked(tree):
    (tree / "stars/q.rd").write_text(BAD)
    done = static("--tree", tree, "stars/q", "nix/q")
    assert done.returncode == 3
    assert "DA200" in done.stdout and "'nix/q'" in done.stderr


def test_where_nothing_is_found_all_that_is_missing_is_told(tree):
    done = static("--tree", tree, "a/q", "/etc/passwd", "c/q", "d/q", "e/q", "f/q")
    assert done.returncode == 3 and done.stderr.startswith(f"error: there is no RD 'a/q' below {tree}; /etc/passwd is not below ")
    assert "; and 1 more like it\n" in done.stderr


def test_a_tree_without_rds_is_never_a_success(tmp_path):
    done = static("--tree", tmp_path, "ALL_RECURSE")
    assert (done.returncode, done.stdout) == (3, "") and "no RD" in done.stderr


def test_all_without_a_database_is_exit_4(tree, tmp_path):
    (tmp_path / "gavo.rc").write_text(f"[general]\nrootDir: {tmp_path}\n")
    done = static("ALL", env={"GAVO_INPUTSDIR": str(tree), "GAVOSETTINGS": str(tmp_path / "gavo.rc")})
    assert done.returncode == 4 and "Traceback" not in done.stderr


def test_val_without_a_target_is_a_usage_error():
    assert static().returncode == 2


@pytest.mark.parametrize("words", [["--profile", "lax"], ["--engine", "warp"], ["--select", "DA9999"], ["--fail-on", "never?"],
                                   ["--report", "pdf"], ["--report", "json", "--report", "text"], ["--shard", "3/2"],
                                   ["--ignore", "no-such-rule"], ["--update-baseline"], ["--report", "json:"]])
def test_a_wrong_option_is_exit_2_before_anything_is_checked(tree, words):
    done = static(*words, tree / "stars/q.rd")
    assert (done.returncode, done.stdout) == (2, "")
    assert "checked" not in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize(("content", "code"), [
    (b"", "DA001"), (b"\x89PNG\r\n\x1a\n\0\0", "DA002"), (b"<resource>", "DA006"),
    (b"<resource>\xe4</resource>", "DA004"), (b"README", "DA006"), (b"<a/>", "DA007"),
])
def test_a_file_that_is_no_rd_is_a_finding(tree, content, code):
    (tree / "stars/q.rd").write_bytes(content)
    done = static(tree / "stars/q.rd")
    assert done.returncode == 1
    assert f"[{code} " in done.stdout and "Traceback" not in done.stderr


def test_entities_that_multiply_are_refused_before_they_do(tree):
    (tree / "stars/q.rd").write_text(LAUGHS)
    done = shell(tree / "stars/q.rd")
    assert done.returncode == 1 and "[DA005 " in done.stdout and "Traceback" not in done.stderr


def test_a_file_of_100_mb_is_refused_unread(tree):
    with (tree / "stars/q.rd").open("wb") as stream:
        stream.truncate(100_000_000)
    done = static(tree / "stars/q.rd")
    assert done.returncode == 1 and "DA003" in done.stdout


def test_a_fifo_does_not_make_it_wait_for_ever(tree):
    os.mkfifo(tree / "stars/pipe.rd")
    done = shell("--tree", tree, "ALL_RECURSE")
    assert done.returncode == 1 and "cannot be read: it is no file [DA008 " in done.stdout


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything; run as another user")
def test_an_unreadable_file_is_a_finding(tree):
    (tree / "stars/q.rd").chmod(0)
    assert "DA008" in static(tree / "stars/q.rd").stdout


def test_a_symlink_loop_is_a_finding_and_does_not_hang(tree):
    (tree / "stars/loop.rd").symlink_to("loop.rd")
    (tree / "stars/again").symlink_to(tree)
    done = shell("--tree", tree, "ALL_RECURSE")
    assert done.returncode == 1 and "cannot be read: too many levels of symbolic links [DA008 " in done.stdout
    assert "[DA008 " in static("--tree", tree, "stars/loop").stdout


def test_a_path_that_is_no_utf8_goes_through_every_report(tree):
    folder = os.fsencode(tree) + b"/gr\xfc\xdfe"
    os.mkdir(folder)
    with open(folder + b"/q.rd", "w") as stream:
        stream.write(BAD)
    for run, name in ((shell, "text"), *((static, name) for name in ("text", "json", "sarif", "junit", "github", "gitlab"))):
        done = run("--tree", tree, "ALL_RECURSE", "--report", name)
        assert done.returncode == 1 and done.stdout and "Traceback" not in done.stderr, name


def test_an_invalid_gavo_rc_is_exit_3_and_named(tree, tmp_path):
    (tmp_path / "gavo.rc").write_text("[general\nrootDir")
    done = static("ALL_RECURSE", env={"GAVOSETTINGS": str(tmp_path / "gavo.rc")})
    assert done.returncode == 3 and "gavo.rc" in done.stderr and "Traceback" not in done.stderr


def test_an_interpreter_without_dachs_leaves_the_static_engine_and_says_so(tree, tmp_path):
    (tmp_path / "python").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "python").chmod(0o755)
    done = val("--no-cache", tree / "stars/q.rd", env={"DACHSADMIN_DACHS_INTERPRETER": str(tmp_path / "python")})
    assert done.returncode == 0
    assert "DA990" in done.stdout and "could not be tested" in done.stderr
    done = val("--no-cache", "--engine", "deep", tree / "stars/q.rd",
               env={"DACHSADMIN_DACHS_INTERPRETER": str(tmp_path / "python")})
    assert done.returncode == 4 and "has no DaCHS" in done.stderr


def test_the_baseline_silences_what_was_there_and_lets_new_findings_through(tree, tmp_path):
    (tree / "stars/q.rd").write_text(BAD)
    known = tmp_path / "baseline.json"
    assert static("--baseline", known, "--update-baseline", tree / "stars/q.rd").returncode == 0
    (tree / "stars/q.rd").write_text("\n\n" + BAD)
    done = static("--baseline", known, tree / "stars/q.rd")
    assert (done.returncode, done.stdout) == (0, "") and "in the baseline" in done.stderr
    (tree / "stars/q.rd").write_text(BAD.replace("</table>", '<column name="x" unit="m/"/></table>'))
    done = static("--baseline", known, tree / "stars/q.rd")
    assert done.returncode == 1 and "'m/'" in done.stdout and "sec-1" not in done.stdout


def test_an_ignored_finding_is_silent_and_counted(tree):
    (tree / "stars/q.rd").write_text(BAD.replace("<column", "<!-- dachsadmin: ignore DA200 old data --><column"))
    done = static(tree / "stars/q.rd")
    assert done.returncode == 0 and "1 ignored" in done.stderr


def test_several_reports_come_from_one_run(tree, tmp_path):
    (tree / "stars/q.rd").write_text(BAD)
    done = static(tree / "stars/q.rd", "--report", "text", "--report", f"json:{tmp_path}/a.json",
                  "--report", f"sarif:{tmp_path}/a.sarif")
    found = json.loads((tmp_path / "a.json").read_text())
    assert found["schema_version"] and found["findings"][0]["code"] == "DA200" and found["findings"][0]["line"] == 2
    assert json.loads((tmp_path / "a.sarif").read_text())["version"] == "2.1.0"
    assert "DA200" in done.stdout


def test_fix_mends_what_is_safe_and_a_second_run_changes_nothing(tree):
    path = tree / "stars/q.rd"
    path.write_text(GOOD.replace('unit="deg"', 'unit="degree"'))
    before = path.read_text()
    shown = static("--select", "DA201", "--diff", path)
    assert "+" in shown.stdout and "1 RD would be changed\n" in shown.stderr and path.read_text() == before
    assert "1 RD changed\n" in static("--select", "DA201", "--fix", path).stderr
    assert path.read_text() == before.replace('unit="degree"', 'unit="deg"')
    mended = path.stat().st_mtime_ns
    assert "0 RDs changed\n" in static("--select", "DA201", "--fix", path).stderr
    assert path.stat().st_mtime_ns == mended


def test_nothing_is_written_beside_the_rd(tree):
    before = sorted(path for path in tree.rglob("*"))
    static("--tree", tree, "ALL_RECURSE", cwd=tree)
    assert sorted(path for path in tree.rglob("*")) == before


def test_only_some_rules_can_be_selected_and_ignored(tree):
    (tree / "stars/q.rd").write_text(BAD)
    assert static("--ignore", "bad-unit", tree / "stars/q.rd").returncode == 0
    assert static("--select", "DA0", tree / "stars/q.rd").returncode == 0
    assert static("--select", "DA200", tree / "stars/q.rd").returncode == 1


def test_fail_on_moves_the_bar(tree):
    (tree / "stars/q.rd").write_text(BAD)
    assert static("--fail-on", "never", tree / "stars/q.rd").returncode == 0
