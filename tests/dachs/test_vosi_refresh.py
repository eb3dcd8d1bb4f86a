"""Published metadata on a real DaCHS: what has gone stale is found, and brought up to date, and looked at again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import psycopg
import pytest
from conftest import VOCABULARIES, new_site, public_folder, put_vocabularies
from serving import serving

from dachsadmin.cli.output import terminal
from dachsadmin.errors import EnvironmentFault, ExitCode, PartlyDone, Refused, TargetError
from dachsadmin.journal import Journal
from dachsadmin.plan import apply, describe, undo
from dachsadmin.system import gavorc
from dachsadmin.system.host import Host
from dachsadmin.system.scratch import Scratch, find_programs
from dachsadmin.system.worker import batch
from dachsadmin.vosi.refresh import command
from dachsadmin.vosi.status import command as status_command
from dachsadmin.vosi.status import engine
from dachsadmin.vosi.status.stock import installation, take

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root changes an installation")
ROOT = Path(__file__).parents[2]
STARS = """<table id="Stars" onDisk="True" adql="True" mixin="//scs#q3cindex">
  <meta name="description">Stars.</meta>
  <column name="star" type="text" ucd="meta.id;meta.main" description="A name" required="True"/>
  <column name="ra" type="double precision" unit="deg" ucd="pos.eq.ra;meta.main" description="RA"/>
  <column name="dec" type="double precision" unit="deg" ucd="pos.eq.dec;meta.main" description="Dec"/>
  <column name="quoted/B mag" type="real" unit="mag" ucd="phot.mag;em.opt.B" description="Größe"/></table>
<table id="bright" onDisk="True" adql="True"><column name="n" type="integer" required="True" description="A number"/></table>
<coverage><updater sourceTable="Stars"/></coverage>
<data id="import"><sources item="x"/><embeddedGrammar><iterator><code>
  for number in range(400):
    yield {"star": "s%d" % number, "ra": 150 + number / 40., "dec": -5 + number % 7, "B mag": 8.36 + number / 1000.}
</code></iterator></embeddedGrammar><make table="Stars"><rowmaker idmaps="*"/></make></data>
<data id="only" auto="False"><sources item="x"/><embeddedGrammar><iterator><code>yield {"n": 1}</code></iterator>
  </embeddedGrammar><make table="bright"/></data>
<service id="cone" allowed="form"><meta name="shortName">stars</meta><nullCore/>
  <publish render="form" sets="local"/></service>"""


@pytest.fixture(scope="module")
def centre(installation):
    """A DaCHS with a database of its own, where two RDs are published and all is in order."""
    found, _ = installation
    with public_folder() as folder, Scratch(folder, pythonpath=found.pythonpath) as scratch:
        put_vocabularies(scratch, VOCABULARIES)
        with new_site((found, scratch)) as site:
            for rd in ("aa/q", "bb/q"):
                site.rd(rd, STARS)
            dachs(site, *([["imp", rd], ["imp", rd, "only"], ["limits", rd], ["pub", rd]] for rd in ("aa/q", "bb/q")))
            yield site


def dachs(site, *groups) -> None:
    """Commands of DaCHS in one start of it, which is what the batch program is for."""
    done = Host().run([site.settings.interpreter, "-", *map(json.dumps, groups)], user=site.settings.user,
                      env=site.settings.environment, stdin=Path(batch.__file__).read_bytes())
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["said"] for one in told if one["status"]] == [] and len(told) == sum(map(len, groups)), done.stderr


@pytest.fixture(scope="module")
def of(centre, tmp_path_factory):
    environment = dict(centre.settings.environment)
    return installation_of(environment, tmp_path_factory.mktemp("cache"))


def installation_of(environment, cache):
    return installation(Host(), gavorc.read({**os.environ, **environment}), "/usr/bin/python3", environment, cache)


@pytest.fixture
def database(centre):
    with psycopg.connect(centre.scratch.dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture
def edit(centre):
    """Change the text of an RD for good: tests that refresh it leave all in order."""
    def change(rd: str, old: str, new: str) -> None:
        text = (centre.inputs / f"{rd}.rd").read_text()
        assert old in text
        centre.write(**{rd.replace("/", "__"): text.replace(old, new)})
    return change


@pytest.fixture
def edited(centre, edit):
    """Change the text of an RD; afterwards it is as it was."""
    before = {path: path.read_text() for path in centre.inputs.glob("*/q.rd")}
    yield edit
    for path, text in before.items():
        path.write_text(text)


def status(of, *words: str, server: str = "") -> engine.Judged:
    return engine.judge(take(words, of, lambda *_: None, server=server), engine.checks())


def told(judged: engine.Judged) -> list[str]:
    return sorted(f"{finding.code} {finding.subject or finding.rd}" for finding in judged.findings)


def planned(of, *words: str, **options):
    return command.plan(words, of, lambda *_: None, **options)


def journal(folder: Path) -> Journal:
    return Journal(Host(), str(folder / "state"), str(folder / "backup"))


def refreshed(of, folder: Path, *words: str, **options):
    return apply(planned(of, *words, **options), of.host, journal(folder))


def test_all_is_current_and_known_the_second_time(of):
    status(of)
    again = take([], of, lambda *_: None)
    assert told(engine.judge(again, engine.checks())) == []
    assert all(held.cached for held in again.holdings) and len(again.holdings) >= 3


def test_what_an_rd_takes_from_elsewhere_is_watched_too(of, centre):
    centre.rd("lib/q", '<STREAM id="cols"><column name="x" description="First"/></STREAM>')
    centre.rd("user/q", '<table id="t" onDisk="True" adql="True"><FEED source="lib/q#cols"/></table>')

    def described():
        [held] = take(["user/q"], of, lambda *_: None).holdings
        return held.declared.tables[0].published.columns[0].description, held.cached

    time.sleep(0.1)
    assert [described(), described()] == [("First", False), ("First", True)]
    centre.rd("lib/q", '<STREAM id="cols"><column name="x" description="Second"/></STREAM>')
    time.sleep(0.1)
    assert [described(), described()] == [("Second", False), ("Second", True)]


def test_the_report_has_a_verdict_for_every_table(of, edited, tmp_path, capfd):
    edited("aa/q", "A number", "Some number")
    report = tmp_path / "vosi.json"
    wanted = status_command.Wanted(reports=("text", f"json:{report}"), fail_on="warning")
    code = status_command.run(["aa/q"], of, wanted, terminal())
    told = capfd.readouterr()
    assert code == ExitCode.FINDINGS and "[DV203 columns-out-of-date]" in told.out
    assert "2 tables: 1 current, 1 stale" in told.err and "1 RD checked: 1 error" in told.err
    made = json.loads(report.read_text())
    jsonschema.validate(made, json.loads((ROOT / "docs" / "report.schema.json").read_text()))
    assert made["run"]["command"] == "vosi status" and made["run"]["tables"] == [
        {"table": "aa.bright", "rd": "aa/q", "verdict": "stale"}, {"table": "aa.stars", "rd": "aa/q", "verdict": "current"}]


def test_a_changed_rd_is_stale_and_refreshing_it_mends_that_and_loses_nothing(of, edit, database, tmp_path):
    edit("aa/q", "Größe", "Helligkeit")
    edit("aa/q", ">Stars<", ">Suns<")
    edit("aa/q", "A number", "The only number")
    assert told(status(of)) == ["DV203 aa.bright", "DV203 aa.stars", "DV401 aa/q"]
    assert told(status(of, "bb/q")) == [] and set(status(of, "AA.Stars").verdicts) == {"aa.stars"}
    plan = planned(of, "ALL")
    shown = describe(plan, of.host)
    assert [line.split("dachs ")[1] for line in shown.splitlines() if "$ " in line] == [
        "imp -m aa/q", "imp -m aa/q only", "limits aa/q", "pub aa/q"]
    assert apply(plan, of.host, journal(tmp_path), dry_run=True).change is None and list(tmp_path.iterdir()) == []
    assert told(status(of, "aa/q")) != []
    counted = "SELECT count(*) FROM dc.simple_col_stats WHERE tablename LIKE 'aa.%'"
    before = database.execute(counted).fetchall()
    assert apply(plan, of.host, journal(tmp_path)).change == 1
    assert told(status(of)) == []
    assert database.execute("SELECT description FROM tap_schema.columns WHERE table_name = 'aa.stars'"
                            " AND column_name = '\"B mag\"'").fetchall() == [("Helligkeit",)]
    assert database.execute(counted).fetchall() == before != [(0,)]
    assert database.execute("SELECT spatial IS NOT NULL FROM dc.rdmeta WHERE sourcerd = 'aa/q'").fetchall() == [(True,)]
    assert planned(of, "ALL").steps == () and apply(plan, of.host, journal(tmp_path)).change is None
    with pytest.raises(PartlyDone):
        undo(journal(tmp_path), of.host, 1)
    [step] = journal(tmp_path).entry(1).steps
    assert step.state == "stays" and "change the RD back" in step.remark and told(status(of)) == []


@pytest.fixture
def begun(of, centre, edit, tmp_path):
    """A refresh in a process of its own that has begun to change something; and a command that goes on with it."""
    edit("bb/q", 'description="R', 'description="Really R')
    environment = {**os.environ, **centre.settings.environment, "DACHSADMIN_PATHS_STATE": str(tmp_path / "state"),
                   "DACHSADMIN_PATHS_BACKUP": str(tmp_path / "backup"), "DACHSADMIN_PATHS_CACHE": str(of.cache.parent),
                   "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), centre.dachs.pythonpath))),
                   "PYTHONDONTWRITEBYTECODE": "1"}
    ours = (sys.executable, "-m", "dachsadmin", "-y")
    process = subprocess.Popen([*ours, "vosi", "refresh", "--stale"], env=environment, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 60
    entry = tmp_path / "state" / "journal" / "1.jsonl"
    while not (entry.exists() and '"ran"' in entry.read_text()):
        assert time.monotonic() < until and process.poll() is None, process.stderr.read()
        time.sleep(0.02)
    yield process, lambda *words: subprocess.run([*ours, *words], env=environment, capture_output=True, text=True)


@pytest.mark.full
def test_a_run_that_was_killed_is_carried_on(of, begun, tmp_path):
    process, dachsadmin = begun
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert journal(tmp_path).entry(1).unfinished
    done = dachsadmin("resume")
    assert done.returncode == 0, done.stdout + done.stderr
    assert told(status(of)) == [] and journal(tmp_path).entry(1).outcome == "done"


@pytest.mark.full
def test_a_database_that_is_restarted_meanwhile_does_no_harm(of, centre, begun, tmp_path):
    process, dachsadmin = begun
    with psycopg.connect(centre.scratch.dsn, autocommit=True) as connection:
        while not connection.execute("SELECT FROM pg_stat_activity WHERE usename = 'gavoadmin' AND backend_xid IS NOT NULL"
                                     ).fetchall():
            assert process.poll() is None, process.stderr.read()
    centre.scratch._run(find_programs().program("pg_ctl"), "-D", "pgdata", "-l", "postgresql.log", "-w", "restart")
    said = process.communicate()[1]
    assert "Traceback" not in said and process.returncode in (ExitCode.OK, ExitCode.ENVIRONMENT, ExitCode.PARTLY_DONE), said
    if process.returncode:
        done = dachsadmin("resume")
        assert done.returncode == 0, done.stdout + done.stderr
    assert told(status(of)) == [] and journal(tmp_path).entry(1).outcome == "done"


@pytest.mark.full
def test_a_full_disk_is_told_before_anything_is_changed(of, centre, edited, tmp_path):
    edited("aa/q", "A name", "Its name")
    (tmp_path / "state").mkdir()
    environment = {**os.environ, **centre.settings.environment, "DACHSADMIN_PATHS_STATE": str(tmp_path / "state"),
                   "DACHSADMIN_PATHS_BACKUP": str(tmp_path / "backup"), "DACHSADMIN_PATHS_CACHE": str(of.cache.parent),
                   "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), centre.dachs.pythonpath)))}
    script = f"""mount -t tmpfs -o size=16k tmpfs {tmp_path}/state; cat /dev/zero >{tmp_path}/state/full 2>/dev/null
exec {sys.executable} -m dachsadmin -y vosi refresh --stale"""
    done = subprocess.run(["unshare", "-m", "sh", "-c", script], env=environment, capture_output=True, text=True)
    assert done.returncode == ExitCode.ENVIRONMENT and "the disk is full" in done.stderr, done.stderr
    assert told(status(of)) != []


def test_somebody_else_at_it_is_not_disturbed(of, edited, tmp_path):
    edited("aa/q", "A name", "Its name")
    with journal(tmp_path).lock("something else"), pytest.raises(Refused, match="something else"):
        refreshed(of, tmp_path, "aa.stars")


def test_what_was_wiped_by_an_import_is_found_again(of, centre, database, tmp_path):
    centre.run("imp", "bb/q")
    assert told(status(of)) == ["DV301 bb/q", "DV302 bb/q"]
    refreshed(of, tmp_path, "bb/q")
    assert told(status(of)) == []
    database.execute("DELETE FROM dc.simple_col_stats WHERE tablename = 'bb.bright'")
    assert told(status(of)) == ["DV302 bb/q"] and planned(of, "ALL").steps == ()
    refreshed(of, tmp_path, "bb/q", statistics=True)
    assert told(status(of)) == []


def test_what_only_the_operator_can_mend_is_told_and_stops_nothing_else(of, centre, edited, database, tmp_path):
    centre.rd("cc/q", STARS)
    dachs(centre, [["imp", "cc/q"], ["imp", "cc/q", "only"]])
    edited("bb/q", 'name="dec" type="double precision"', 'name="dec" type="double"')
    database.execute("DROP TABLE cc.stars; DROP TABLE cc.bright")
    database.execute("""INSERT INTO tap_schema.schemas (schema_name) VALUES ('nowhere');
        INSERT INTO tap_schema.tables (schema_name, table_name, table_type, sourcerd)
        VALUES ('aa', 'aa."we''ird.Näme"', 'table', 'aa/q'), ('nowhere', 'nowhere.data', 'table', 'nowhere/q')""")
    judged = status(of)
    assert told(judged) == [
        "DV101 bb/q", "DV101 nowhere/q", "DV102 cc.bright", "DV102 cc.stars", 'DV202 aa."we\'ird.näme"']
    assert judged.verdicts["bb.stars"] == ("bb/q", "broken") and judged.verdicts["nowhere.data"][1] == "broken"
    with pytest.raises(TargetError, match="bb/q cannot be refreshed"):
        planned(of, "bb/q")
    plan = planned(of, "ALL")
    assert [what.split(": ")[0] for what in plan.left_out] == ["bb/q", "cc/q", "nowhere/q"]
    apply(plan, of.host, journal(tmp_path))
    assert told(status(of, "aa/q")) == []
    database.execute("DELETE FROM tap_schema.tables WHERE sourcerd = 'nowhere/q'")
    centre.run("drop", "-f", "cc/q")


def test_a_column_that_only_the_rd_has_is_never_published(of, edited, tmp_path):
    edited("aa/q", '<column name="n"', '<column name="ghost" type="text"/><column name="n"')
    assert "DV103 aa.bright" in told(status(of, "aa.bright"))
    with pytest.raises(TargetError, match="lacks ghost"):
        refreshed(of, tmp_path, "aa/q")


@pytest.mark.full
def test_an_import_that_fails_is_told_in_its_own_words(of, edit, database, tmp_path):
    edit("aa/q", "A name", "Another name")
    plan = planned(of, "aa/q")
    database.execute("""CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'out of order'; END $$;
        CREATE TRIGGER no BEFORE INSERT ON tap_schema.columns FOR EACH ROW EXECUTE FUNCTION no()""")
    try:
        with pytest.raises(EnvironmentFault, match="1 RD of 1 could not be refreshed: aa/q: .*out of order"):
            apply(plan, of.host, journal(tmp_path))
    finally:
        database.execute("DROP FUNCTION no CASCADE")
    assert apply(plan, of.host, journal(tmp_path)).change == 1 and told(status(of, "aa/q")) == []


@pytest.mark.full
def test_the_running_server_is_asked_if_wanted(of, centre, edited):
    assert told(status(of, "aa/q", server="http://127.0.0.1:9")) == ["DV901 aa/q"]
    with serving(centre) as server:
        assert told(status(of, server=server.url)) == []
        assert server.get("/tap/tables/aa.bright").status == 200
        edited("aa/q", 'name="n" type="integer"', 'name="n" type="integer" unit="s"')
        assert "DV501 aa.bright" in told(status(of, server=server.url))
        server.reload()
        assert "DV501 aa.bright" not in told(status(of, server=server.url))
