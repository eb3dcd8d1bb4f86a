"""The probe against real servers: healthy, with each thing broken that it is there to find, hanging and gone."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import probed
import psycopg
import pytest
from conftest import VOCABULARIES, new_site, public_folder, put_vocabularies
from probing import ask, asked
from serving import Server, serving

from dachsadmin.errors import ExitCode
from dachsadmin.model.finding import Severity
from dachsadmin.probe import engine
from dachsadmin.system.scratch import Scratch

pytest.importorskip("pyvo", reason="pyVO is not installed; run 'apt-get install python3-pyvo'")

OF_DACHS = {("DP203", Severity.INFO), ("DP204", Severity.INFO), ("DP206", Severity.INFO), ("DP303", Severity.INFO),
            ("DP304", Severity.INFO)}
"""What DaCHS does wrong whatever an operator does: UNION, histograms after `dachs limits`, exposure times (2.7), the
status of empty cutouts (2.13); and pyVO, which confuses links of several rows."""


@pytest.fixture(scope="module")
def server(installation):
    """With a database of its own: what other tests leave published there is found by the probe."""
    found, _ = installation
    with public_folder() as folder, Scratch(folder, pythonpath=found.pythonpath) as scratch:
        put_vocabularies(scratch, VOCABULARIES)
        with new_site((found, scratch)) as site:
            probed.lay_out(site)
            with serving(site) as server:
                probed.serve(server)
                yield server


def told(outcome: engine.Outcome, code: str) -> list[str]:
    return [f"{finding.severity.label}: {finding.message}" for finding in outcome.findings if finding.code == code]


@contextlib.contextmanager
def changed(server: Server, rd: str, old: str, new: str):
    """An RD that reads differently for a while."""
    path = server.site.inputs / f"{rd}.rd"
    before = path.read_text()
    assert old in before
    path.write_text(before.replace(old, new))
    server.reload()
    try:
        yield
    finally:
        path.write_text(before)
        server.reload()


def test_a_healthy_server_has_no_faults_but_those_of_dachs(server):
    outcome = ask(server, registry=True)
    assert {(finding.code, finding.severity) for finding in outcome.findings} <= OF_DACHS | {("DP500", Severity.WARNING)}
    assert all(finding.tested for finding in outcome.findings)
    assert asked(outcome) >= {
        ("tap-sync", "tap"), ("tap-async", "tap"), ("tablesample", "tap"), ("obscore", "tap"), ("invalid-document", "server"),
        ("ssa-query", "probed/spectra/ssa"), ("spectrum", "probed/spectra/ssa"), ("sia-query", "probed/images/i"),
        ("sia-query", "probed/images/i2"), ("cone-search", "probed/stars/cone"), ("metadata-query", "probed/images/i2"),
        ("datalink-rows", "probed/spectra/sdl"), ("linked-file", "probed/spectra/sdl"), ("cutout", "probed/spectra/sdl"),
        ("cutout-outside", "probed/spectra/sdl"), ("unknown-identifier", "probed/spectra/sdl"),
        ("registry-record", "registry"), ("identifiers-changed", "registry")}
    assert outcome.identifiers and all(identifier.startswith("ivo://org.example/") for identifier in outcome.identifiers)


def test_the_limits_that_get_into_histograms_are_a_fault_of_dachs_with_a_way_around(server):
    outcome = ask(server, "DP204")
    found = next(finding for finding in outcome.findings if finding.subject == "probed.stars.ra")
    assert found.severity is Severity.INFO and "psql gavo -c" in found.hint
    statement = found.hint.partition('"')[2].partition('"')[0]
    with psycopg.connect(server.site.scratch.dsn) as connection:
        assert connection.execute(statement).rowcount == 1
    server.reload()
    assert "probed.stars.ra" not in [finding.subject for finding in ask(server, "DP204").findings]


def test_what_a_linked_file_promises_is_looked_at(server):
    with psycopg.connect(server.site.scratch.dsn) as connection:
        previews = [server.site.inputs / name for (name,) in connection.execute(
            "SELECT preview FROM dc.products WHERE accref LIKE 'probed/data/%' ORDER BY accref LIMIT 2")]
    before = previews[0].read_bytes()
    previews[0].unlink()
    previews[1].write_bytes(b"no picture")
    try:
        outcome = ask(server, "DP301", service="probed/spectra")
    finally:
        for preview in previews:
            preview.write_bytes(before)
    assert sorted(told(outcome, "DP301")) == [
        "error: a #preview link answers with HTTP status 404",
        "error: a #preview link promises image/png and gives something else (image/png)"]


def test_a_link_to_a_file_that_has_gone_is_found(server):
    source = server.site.inputs / "probed" / "data" / "s000.txt"
    content = source.read_bytes()
    source.unlink()
    try:
        found = told(ask(server, "DP300", service="probed/spectra"), "DP300")
    finally:
        source.write_bytes(content)
    assert [message.partition(" is an error: ")[0] for message in found] == [
        "error: the link #progenitor of a row that the server itself gave"]


def test_a_service_that_breaks_while_the_server_runs_is_found_though_the_status_is_200(server):
    with psycopg.connect(server.site.scratch.dsn) as connection:
        connection.execute("ALTER MATERIALIZED VIEW probed.data RENAME TO elsewhere")
    try:
        answer = server.get("/probed/spectra/ssa/ssap.xml?REQUEST=queryData&MAXREC=1")
        outcome = ask(server, "DP400", "DP401")
    finally:
        with psycopg.connect(server.site.scratch.dsn) as connection:
            connection.execute("ALTER MATERIALIZED VIEW probed.elsewhere RENAME TO data")
    assert answer.status == 200
    found = told(outcome, "DP400")
    assert len(found) == 1 and found[0].startswith("error: the SSA query failed: ")
    assert [finding.tested for finding in outcome.findings if finding.code == "DP401"] == [False]


def test_an_rd_that_does_not_load_after_a_restart_is_found_though_the_server_hides_it(server):
    with changed(server, "probed/spectra", '<ssapCore queriedTable="data">', "<ssapCore queried>"):
        outcome = ask(server, "DP105", "DP107", "DP202", "DP204", "DP205")
    assert [finding.subject for finding in outcome.findings if finding.code == "DP107"] == [
        "ivo://org.example/probed/spectra/ssa"]
    assert ("DP202", "probed.data") in {(finding.code, finding.subject) for finding in outcome.findings}
    assert {finding.code for finding in outcome.findings if finding.severity > Severity.INFO} == {"DP105", "DP107", "DP202"}


def test_a_table_that_was_dropped_behind_the_back_of_dachs_is_named(server):
    with psycopg.connect(server.site.scratch.dsn) as connection:
        connection.execute("ALTER TABLE probed.stars RENAME TO elsewhere")
    try:
        outcome = ask(server, "DP202", "DP420")
    finally:
        with psycopg.connect(server.site.scratch.dsn) as connection:
            connection.execute("ALTER TABLE probed.elsewhere RENAME TO stars")
    assert [finding.subject for finding in outcome.findings if finding.code == "DP202"] == ["probed.stars"]
    assert len(told(outcome, "DP420")) == 1


def test_a_plain_view_has_no_tablesample_and_unpublished_services_can_be_asked(server):
    server.site.write(probedview__q=(server.site.inputs / "probed" / "spectra.rd").read_text()
                      .replace('schema="probed" resdir="probed"', 'schema="probedview" resdir="probedview"')
                      .replace(' materialize="True"', "").replace('<index columns="ssa_location" method="GIST"/>', ""))
    folder = probed.own_folder(server.site, "probedview/data")
    for number in range(3):
        (folder / f"v{number}.txt").write_text(f"{number} 1{number}.5 20 30.25")
    server.dachs("imp", "probedview/q")
    try:
        outcome = ask(server, service="probedview/q")
        assert told(outcome, "DP205") == ["warning: probedview.data is a view, of which there is no TABLESAMPLE"]
        assert {trial.subject for trial in outcome.trials if trial.rd} == {"probedview/q/ssa", "probedview/q/sdl"}
        assert ("DP301", "probedview/q") in {(finding.code, finding.rd) for finding in outcome.findings}
        assert outcome.broken is None
        single = ask(server, "DP400", service="probedview/q/ssa")
        assert [trial.subject for trial in single.trials] == ["probedview/q/ssa"]
    finally:
        server.dachs("drop", "probedview/q")


def test_a_database_that_is_gone_is_told_once(server):
    with psycopg.connect(server.site.scratch.dsn, autocommit=True) as connection:
        connection.execute("ALTER ROLE untrusted NOLOGIN")
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'untrusted'")
        try:
            outcome = ask(server, "DP200", "DP202", "DP203", "DP204", "DP205")
        finally:
            connection.execute("ALTER ROLE untrusted LOGIN")
    assert [(finding.code, finding.tested) for finding in outcome.findings] == [
        ("DP200", True), ("DP202", False), ("DP203", False), ("DP204", False), ("DP205", False)]


def test_a_service_that_is_not_there_is_a_wrong_target(server):
    outcome = ask(server, service="probed/nothing")
    assert outcome.broken is not None and outcome.broken.exit_code is ExitCode.TARGET
    assert outcome.trials == []


def test_a_cutout_that_does_not_cut_is_found(server):
    with changed(server, "probed/spectra", '<FEED source="//soda#sdm_cutout"/>', """<metaMaker>
        <code>yield MS(InputKey, name="BAND", unit="m", ucd="em.wl", type="double precision[2]", xtype="interval",
          multiplicity="single", values=MS(Values, min=380e-9, max=419e-9))</code></metaMaker>"""):
        outcome = ask(server, "DP303", "DP304", service="probed/spectra")
    assert any("points outside" in message for message in told(outcome, "DP303"))
    refused = server.site.dachs.version.startswith("2.13")  # by the limits that the parameter declares
    assert told(outcome, "DP304") == ["info: a cutout outside of the data gives HTTP status 422, not 204" if refused
                                      else "error: a cutout outside of the data gives data"]


def test_scripts_are_told_that_pyvo_cuts_another_object_than_that_of_the_link(server):
    [found] = ask(server, "DP303", service="probed/spectra").findings
    assert found.severity is Severity.INFO and "process(band=...)" in found.hint
    cut, meant = found.message.removeprefix("pyVO's processed(band=...) cuts ").split(", and the link is of ")
    assert cut != meant and cut.startswith("probed/data/s0")


def test_links_are_rows_of_one_kind_with_known_semantics(server):
    with changed(server, "probed/spectra", 'semantics="#progenitor"', 'semantics="#ancestor"'):
        outcome = ask(server, "DP300", service="probed/spectra")
    assert set(told(outcome, "DP300")) == {"error: the semantics '#ancestor' is no term of datalink/core, and no URL"}


def test_a_server_that_is_asked_at_another_address_is_asked_there_for_all(server):
    other = server.url.replace("127.0.0.1", "localhost")
    outcome = ask(server, "DP103", "DP301", "DP304", url=other, service="probed/spectra")
    assert ("DP103", Severity.INFO) in {(finding.code, finding.severity) for finding in outcome.findings} <= OF_DACHS | {
        ("DP103", Severity.INFO)}


def test_identifiers_that_have_gone_since_the_last_time_are_told(server):
    outcome = ask(server, "DP502", registry=True, remembered=("ivo://org.example/old/q/cone",
                                                              "ivo://org.example/probed/stars/cone"))
    assert told(outcome, "DP502") == [
        "warning: the record ivo://org.example/old/q/cone was there the last time, and is not now"]


def test_latencies_are_measured_where_asked_for(server):
    outcome = ask(server, "DP200", service="probed/spectra", bench=True)
    assert [latency.what for latency in outcome.latencies] == ["TAP sync", "Datalink", "cutout"]
    assert all(0 < latency.median <= latency.nine_of_ten <= latency.slowest for latency in outcome.latencies)


def test_maintenance_and_a_server_that_hangs_or_is_gone_are_told_apart(server):
    maintenance = server.site.scratch.home / "root" / "state" / "MAINT"
    maintenance.touch()
    try:
        assert [f"{found.code} {found.message}" for found in ask(server).findings] == [
            "DP102 the server says that it is under maintenance (HTTP status 503)"]
    finally:
        maintenance.unlink()
    os.kill(server.process.pid, signal.SIGSTOP)
    try:
        outcome = ask(server, timeout=2)
    finally:
        os.kill(server.process.pid, signal.SIGCONT)
    assert told(outcome, "DP100") == ["error: there is no answer within 2 s"]
    assert outcome.broken is not None and outcome.broken.exit_code is ExitCode.ENVIRONMENT


def test_the_command_reports_in_the_formats_of_val(server, tmp_path):
    command = [sys.executable, "-m", "dachsadmin", "probe", server.url, "--service", "probed/spectra", "--report", "text",
               "--report", f"json:{tmp_path / 'probe.json'}", "--report", f"junit:{tmp_path / 'probe.xml'}",
               "--baseline", str(tmp_path / "known.json"), "--update-baseline", "--fail-on", "info"]
    environment = {**os.environ, "DACHSADMIN_PATHS_CACHE": str(tmp_path),
                   "PYTHONPATH": str(Path(engine.__file__).parents[2])}
    first = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tmp_path)
    assert first.returncode == ExitCode.OK, first.stderr
    assert f"{server.url}/tap: ok after " in first.stdout
    made = json.loads((tmp_path / "probe.json").read_text())
    assert made["run"]["command"] == "probe" and {trial["code"] for trial in made["run"]["trials"]} >= {"DP200", "DP303"}
    assert 'name="DP303 cutout" time="0.' in (tmp_path / "probe.xml").read_text()
