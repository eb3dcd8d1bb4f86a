"""Obscore on a real DaCHS: what is told of it, and making it anew while it is asked."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import partial
from pathlib import Path

import psycopg
import pytest
from asking import client, web_client
from contributing import contributing, environment
from obscore_view import Rows, state
from serving import serving

from dachsadmin.obscore.contributions import live
from dachsadmin.system.gavorc import GavoRc


@pytest.fixture(scope="module")
def centre(installation):
    with contributing(installation[0], GavoRc(), ("imp", "//obscore"), ("imp", "oa/q"), ("imp", "ob/q"),
                      ("limits", "//obscore")) as site:
        yield site


@pytest.fixture
def database(centre):
    """A superuser's connection."""
    with psycopg.connect(centre.scratch.dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture
def call(centre, tmp_path):
    """Our command, with the centre's configuration and a journal of the test's own."""
    return partial(dachsadmin, centre, tmp_path)


def dachsadmin(site, folder: Path, *words: str, status: int = 0) -> subprocess.CompletedProcess:
    done = subprocess.run(
        [sys.executable, "-m", "dachsadmin", "obscore", *words], capture_output=True, text=True, stdin=subprocess.DEVNULL,
        cwd=folder, env=environment(site, folder))
    assert done.returncode == status, f"{done.returncode}: {done.stdout}{done.stderr}"
    return done


def findings(done: subprocess.CompletedProcess) -> list[str]:
    return [f"{each['code']} {each['subject']}" for each in json.loads(done.stdout)["findings"]]


def test_a_healthy_obscore_has_no_findings(call, centre, tmp_path):
    done = call("status", "--fail-on", "info", "--ignore", "DO500", "--report", "text", "--report", "json:told.json")
    assert done.stdout == "oa.data (oa/q): current, 5 rows\nob.data (ob/q): current, 7 rows\n"
    told = json.loads((tmp_path / "told.json").read_text())
    assert told["findings"] == [] and [one["state"] for one in told["run"]["contributors"]] == ["current", "current"]
    assert findings(call("check", "--report", "json", "--fail-on", "info")) == []
    registers = tuple(map(int, centre.dachs.version.split(".")[:2])) >= (2, 10)
    assert findings(call("status", "--select", "DO500", "--report", "json")) == ["DO500 ivoa.obscore"] * registers


def test_a_view_that_a_cascade_took_comes_back_as_dachs_makes_it(call, centre, database):
    before = state(database)
    database.execute("DROP VIEW ivoa.obscore CASCADE")
    assert "DO100 ivoa.obscore" in findings(call("status", "--report", "json", status=1))
    shown = call("reimport", "--dry-run").stdout
    assert "make the view ivoa.obscore" in shown and "dachs limits //obscore" in shown
    assert live(Rows(database)).kind == ""
    call("reimport", "--yes")
    assert state(database) == before
    centre.run("imp", "//obscore")
    assert state(database) == before
    assert call("reimport", "--dry-run").stdout.endswith("nothing to do\n")


@pytest.mark.full
def test_the_empty_view_that_dachs_leaves_is_told_and_filled(call, centre, database):
    before = state(database)
    database.execute("DROP VIEW ivoa.obscore CASCADE")
    centre.run("imp", "-m", "//obscore")
    assert state(database)[-1] == {}
    assert "DO100 ivoa.obscore" in findings(call("status", "--report", "json", status=1))
    call("reimport", "--yes")
    assert state(database) == before


def test_a_broken_contribution_stops_everything_or_is_left_out_and_comes_back(call, centre, database, tmp_path):
    before = state(database)
    database.execute("ALTER TABLE oa.data RENAME COLUMN ident TO idents")
    told = json.loads(call("check", "--report", "json", status=1).stdout)["findings"]
    assert [(each["code"], each["rd"], each["file"], each["line"]) for each in told] == [("DO200", "oa/q", "oa/q.rd", 7)]
    assert 'column "ident" does not exist' in told[0]["message"] and "dachs imp oa/q" in told[0]["hint"]
    stopped = call("reimport", "--yes", status=3)
    assert "oa.data does not work" in stopped.stderr and "--quarantine" in stopped.stderr
    call("reimport", "--quarantine", "--yes")
    assert state(database)[-1] == {"ob.data": 7}
    assert "DO203 oa.data" in findings(call("status", "--report", "json"))
    assert "does not work" in call("restore", "oa.data", "--yes", status=3).stderr
    database.execute("ALTER TABLE oa.data RENAME COLUMN idents TO ident")
    if not centre.dachs.pythonpath:  # the program `dachs` is that of the installed one, and 2.11 does not work with it
        database.execute("DELETE FROM tap_schema.columns WHERE table_name ILIKE 'ivoa.obscore' AND column_name = 's_ra'")
    with client(centre.scratch) as told:
        assert "$ " in call("restore", "oa.data", "--yes").stderr
    assert not [answer for _, answer in told if not isinstance(answer, int)] and max(seconds for seconds, _ in told) < 0.5
    assert sorted({answer for _, answer in told}) == [7, 12] and [answer for _, answer in told] == sorted(
        answer for _, answer in told)
    assert state(database) == before and findings(call("status", "--ignore", "DO500", "--report", "json")) == []


@pytest.mark.full
def test_users_of_tap_see_all_rows_all_the_time(call, centre):
    if centre.dachs.pythonpath:
        pytest.skip("the program 'dachs' is that of the installed DaCHS")
    centre.write(oa__q=(centre.inputs / "oa/q.rd").read_text().replace('tMax="55001"', 'tMax="55005"'))
    centre.run("imp", "-m", "oa/q")
    assert "DO101 oa.data" in findings(call("status", "--report", "json"))
    with serving(centre) as server, web_client(server) as told:
        call("reimport", "--yes")
    assert len(told) > 20 and {answer for _, answer in told} == {12}, told
    assert findings(call("status", "--ignore", "DO500", "--report", "json")) == []


@pytest.mark.full
def test_a_materialised_obscore_ends_as_dachs_makes_it(installation, tmp_path):
    found, _ = installation
    if tuple(map(int, found.version.split(".")[:2])) < (2, 13):
        pytest.skip(f"DaCHS {found.version} cannot materialise obscore; run './check full' for newer ones")
    config = GavoRc({("ivoa", "materialiseobscore"): "True"})
    imports = (("imp", "//obscore"), ("imp", "oa/q"), ("imp", "ob/q"), ("imp", "//obscore"), ("imp", "//obscore"))
    with contributing(found, config, *imports) as site, psycopg.connect(site.scratch.dsn, autocommit=True) as connection:
        call = partial(dachsadmin, site, tmp_path)
        connection.execute("INSERT INTO oa.data SELECT * FROM oa.data WHERE ident = 'o1'")
        with client(site.scratch) as told:
            assert "dachs limits //obscore" in call("reimport", "--yes").stderr
        assert not [answer for _, answer in told if not isinstance(answer, int)]
        ours = state(connection), indexes(connection)
        assert ours[0][0] == "table" and ours[0][-1] == {"oa.data": 6, "ob.data": 7}
        assert call("reimport", "--dry-run").stdout.endswith("nothing to do\n")
        assert site.run("imp", "//obscore").returncode == 0
        assert (state(connection), indexes(connection)) == ours


def indexes(connection) -> list[str]:
    return [text for text, in connection.execute(
        "SELECT indexdef FROM pg_indexes WHERE schemaname = 'ivoa' AND tablename = 'obscore' ORDER BY 1")]
