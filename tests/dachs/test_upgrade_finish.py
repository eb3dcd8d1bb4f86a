"""`upgrade finish` on a real DaCHS whose database is made older than it: dry, applied, again, interrupted, undone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import psycopg
import pytest
from contributing import contributing, environment

from dachsadmin.system.gavorc import GavoRc

FINISH = ("upgrade", "finish", "--from", "2.3", "--yes")


@pytest.fixture(scope="module")
def centre(installation):
    if not installation[0].version.startswith("2.7"):
        pytest.skip("what is owed is counted for DaCHS 2.7")
    with contributing(installation[0], GavoRc(), ("imp", "//obscore"), ("imp", "oa/q"), ("imp", "ob/q")) as site:
        yield site


@pytest.fixture
def database(centre):
    """A superuser's connection to a database with an older schema, and without column statistics."""
    with psycopg.connect(centre.scratch.dsn, autocommit=True) as connection:
        connection.execute("UPDATE dc.metastore SET value = '31' WHERE key = 'schemaversion'")
        connection.execute("DELETE FROM dc.simple_col_stats WHERE tablename LIKE 'o_.data'")
        yield connection


@pytest.fixture
def call(centre, tmp_path):
    return partial(dachsadmin, centre, tmp_path)


def dachsadmin(site, folder: Path, *words: str, status: int = 0) -> str:
    done = subprocess.run([sys.executable, "-m", "dachsadmin", *words], capture_output=True, text=True, cwd=folder,
                          stdin=subprocess.DEVNULL, env=environment(site, folder))
    assert done.returncode == status, f"{done.returncode}: {done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def facts(database) -> dict:
    """What finishing changes."""
    def one(query: str):
        return database.execute(query).fetchone()[0]

    return {"schema": one("SELECT value FROM dc.metastore WHERE key = 'schemaversion'"),
            "with statistics": one("SELECT count(DISTINCT tablename) FROM dc.simple_col_stats WHERE tablename LIKE 'o_.data'"),
            "rows": one("SELECT count(*) FROM ivoa.obscore")}


def remembered(folder: Path) -> str:
    return json.loads((folder / "state" / "upgrade.json").read_text())["finished"]


def test_what_is_owed_is_shown_done_once_and_remembered(call, database, tmp_path):
    before = facts(database)
    assert before["schema"] == "31" and before["with statistics"] == 0
    shown = call(*FINISH, "--dry-run")
    assert "dachs upgrade" in shown and "dachs limits oa/q" in shown
    assert facts(database) == before and not (tmp_path / "state").exists()
    call(*FINISH)
    assert facts(database) == {"schema": "33", "with statistics": 2, "rows": 12}
    assert remembered(tmp_path) == "2.7"
    assert "nothing to do" in call("upgrade", "finish")
    told = call("undo", "2", "--yes", status=6)
    assert "undone except for 3 steps" in told and facts(database)["with statistics"] == 2
    assert remembered(tmp_path) == "2.3"


@pytest.mark.full
@pytest.mark.parametrize("change", [1, 2], ids=["dachs upgrade", "limits"])
def test_what_a_kill_stopped_converges(centre, call, database, tmp_path, change):
    child = subprocess.Popen([sys.executable, "-m", "dachsadmin", *FINISH], cwd=tmp_path, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL, env=environment(centre, tmp_path))
    until = time.monotonic() + 60
    while not (tmp_path / "state" / "journal" / f"{change}.jsonl").exists():
        assert time.monotonic() < until and child.poll() is None
        time.sleep(0.1)
    time.sleep(1)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    call("resume", str(change), "--yes")
    call("upgrade", "finish", "--yes")
    assert facts(database) == {"schema": "33", "with statistics": 2, "rows": 12}
    assert "nothing to do" in call("upgrade", "finish")


@pytest.mark.full
def test_of_a_database_from_elsewhere_the_schema_tells_and_heavy_steps_stay_owed(call, database, tmp_path):
    told = call("upgrade", "finish", "--yes", "--defer", "heavy")
    assert "nothing is owed up to DaCHS 2.5" in told and "later, as it is heavy: dachs limits //obscore" in told
    assert facts(database)["schema"] == "33" and remembered(tmp_path) == "2.5"
    assert "done  dachs limits //obscore" in call("upgrade", "finish", "--yes") and remembered(tmp_path) == "2.7"


@pytest.mark.full
def test_a_broken_contribution_is_told_before_it_stops_dachs(call, database):
    spoil = "UPDATE ivoa._obscoresources SET sqlfragment = replace(sqlfragment, %s, %s) WHERE tablename = 'oa.data'"
    database.execute(spoil, ("FROM oa.data", "FROM oa.gone"))
    told = call(*FINISH, status=3)
    database.execute(spoil, ("FROM oa.gone", "FROM oa.data"))
    assert "contribution of oa.data does not work" in told and "dachs imp oa/q" in told
    assert facts(database)["schema"] == "31"


@pytest.mark.full
def test_without_a_trace_of_what_was_here_it_asks(call, database):
    database.execute("UPDATE dc.metastore SET value = '33' WHERE key = 'schemaversion'")
    assert "name it: dachsadmin upgrade finish --from 2.7" in call("upgrade", "finish", status=2)
