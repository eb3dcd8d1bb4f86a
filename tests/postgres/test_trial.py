"""Where no configured database may be asked, SQL is tried on the throw-away one of the deep engine."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from dachsadmin.system.host import Host

RD = r"""<resource schema="res">
  <table id="t" onDisk="True"><column name="ra"/>
    <script lang="SQL" type="postCreation" name="s">UPDATE \qName SET nix=1</script></table>
  <fixedQueryCore id="c" query="SELECT 1 FROM other.t"/>
</resource>"""


@pytest.fixture
def val(public, tmp_path):
    """Run val on a checkout; its findings on SQL, and how many RDs came from the cache."""
    (public / "res").mkdir()
    (public / "res" / "q.rd").write_text(RD)

    def run(*arguments: str, env: dict[str, str] | None = None) -> tuple[list[tuple[str, int, bool]], int]:
        told = Host().run([sys.executable, "-m", "dachsadmin", "val", "--tree", str(public), "--report", "json", *arguments,
                           "res/q"], check=False, timeout=300, cwd=str(public),
                          env={"PYTHONPATH": str(Path(__file__).parents[2]), "XDG_CACHE_HOME": str(tmp_path),
                               "DACHSADMIN_PATHS_CACHE": str(tmp_path / "cache"), **(env or {})})
        report = json.loads(told.stdout)
        found = [(finding["code"], finding["line"], finding.get("tested", True)) for finding in report["findings"]
                 if finding["code"] in ("DA330", "DA920")]
        return sorted(found), report["summary"]["cache_hits"]

    return run


def test_sql_is_tried_on_the_scratch_database_and_what_was_found_is_kept(val, public, installed_dachs):
    wrong = [("DA330", 3, True), ("DA920", 4, False)]
    assert val("--scratch") == (wrong, 0)
    assert val("--scratch") == (wrong, 1)
    (public / "res" / "q.rd").write_text(RD.replace("nix=1", "ra=1"))
    assert val("--scratch") == (wrong[1:], 0)


def test_the_static_engine_tries_sql_on_a_database_of_its_own_and_runs_no_code(val, public, installed_dachs):
    wrong = [("DA330", 3, True), ("DA920", 4, False)]
    (public / "res" / "core.py").write_text(f"open({str(public / 'ran')!r}, 'w')")
    (public / "res" / "q.rd").write_text(RD.replace("</resource>", '<customCore id="p" module="res/core"/></resource>'))
    (public / "res").chmod(0o777)
    assert val("--engine", "static", "--scratch") == (wrong, 0)
    assert not (public / "ran").exists()


def test_without_dachs_there_still_is_a_database_to_try_sql_on(val):
    interpreter = {"DACHSADMIN_DACHS_INTERPRETER": "/nonexistent"}
    assert val("--engine", "static", "--scratch", env=interpreter) == ([("DA330", 3, True), ("DA920", 4, False)], 0)


def test_without_any_database_it_is_told_that_sql_was_not_tried(val):
    assert val("--engine", "static") == ([("DA920", 3, False)], 0)
