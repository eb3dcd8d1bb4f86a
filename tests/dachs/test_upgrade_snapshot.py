"""Snapshots of a real DaCHS that is served: the same data centre is the same, and what changes is told, and nothing else."""

from __future__ import annotations

import json
import os
from functools import partial
from pathlib import Path

import jsonschema
import psycopg
import pytest
from conftest import VOCABULARIES, new_site, public_folder, put_vocabularies
from serving import serving
from starting import dachsadmin

from dachsadmin.errors import ExitCode
from dachsadmin.system import gavorc
from dachsadmin.system.contents import contents
from dachsadmin.system.gavorc import GavoRc
from dachsadmin.system.host import Host
from dachsadmin.system.postgres import configured
from dachsadmin.system.scratch import Scratch
from dachsadmin.upgrade.contract import PARTS
from dachsadmin.upgrade.snapshot import Request, take
from dachsadmin.val import engine

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "snapshot.schema.json").read_text())
STARS = """<table id="stars" onDisk="True" adql="True" mixin="//scs#q3cindex"><meta name="description">Stars for cones.</meta>
  <column name="star" type="text" ucd="meta.id;meta.main" description="A name"/>
  <column name="ra" type="double precision" unit="deg" ucd="pos.eq.ra;meta.main" description="RA"/>
  <column name="dec" type="double precision" unit="deg" ucd="pos.eq.dec;meta.main" description="Dec"/>
  <column name="quoted/B mag" type="real" unit="mag" ucd="phot.mag;em.opt.B" description="Größe"/></table>
<table id="hidden" onDisk="True" adql="hidden"><column name="n" type="integer" required="True" description="A number"/></table>
<data id="import"><sources item="x"/><embeddedGrammar><iterator><code>
  for number in range(40):
    yield {"star": "s%d" % number, "ra": 150 + number / 40., "dec": -5 + number % 7, "B mag": 8.36, "n": number}
</code></iterator></embeddedGrammar><make table="stars"/><make table="hidden"/></data>
<service id="cone" allowed="scs.xml,form"><meta name="shortName">cone</meta>
  <meta name="testQuery"><meta name="ra">151</meta><meta name="dec">-5</meta><meta name="sr">0.5</meta></meta>
  <publish render="scs.xml" sets="ivo_managed"/>
  <scsCore queriedTable="stars"><FEED source="//scs#coreDescs"/></scsCore></service>
<service id="old" allowed="form"><meta name="shortName">old</meta><nullCore/><publish render="form" sets="ivo_managed"/></service>
<regSuite title="s"><regTest title="Stars are found."><url RA="151" DEC="-5" SR="1">cone/scs.xml</url>
  <code>self.assertHasStrings("A name")</code></regTest></regSuite>"""
SEEN = """<table id="data" onDisk="True" adql="True"><column name="ident" type="text" description="A name"/>
  <column name="ra" type="double precision" description="RA"/><column name="dec" type="double precision" description="Dec"/>
  <mixin>//products#table</mixin>
  <mixin productType="'image'" calibLevel="2" ra="ra" dec="dec" obs_id="ident" tMin="55000" tMax="55001">//obscore#publish</mixin>
</table>
<data id="import"><sources item="x"/><embeddedGrammar><iterator><code>
for number in range(5):
  yield {"ident": "o%d" % number, "ra": number / 10., "dec": 1., "prodtblAccref": "seen/%d" % number,
    "prodtblPath": "x", "prodtblMime": "image/fits", "prodtblTable": "seen.data", "prodtblFsize": 1,
    "prodtblOwner": None, "prodtblEmbargo": None, "prodtblPreview": None, "prodtblPreviewMime": None,
    "prodtblDatalink": None}
</code></iterator></embeddedGrammar><make table="data"><rowmaker idmaps="*"/></make></data>"""


@pytest.fixture(scope="module")
def server(installation):
    """A DaCHS with a database of its own, that serves a cone search and a table in ObsCore."""
    found, _ = installation
    if found.pythonpath:
        pytest.skip("the command looks at the DaCHS that is installed")
    with public_folder() as folder, Scratch(folder, pythonpath=found.pythonpath) as scratch:
        put_vocabularies(scratch, VOCABULARIES)
        with new_site((found, scratch)) as site:
            site.rd("stars/q", STARS)
            site.rd("seen/q", SEEN)
            for words in (("imp", "//obscore"), ("imp", "stars/q"), ("imp", "seen/q"), ("pub", "stars/q")):
                done = site.run(*words)
                assert done.returncode == 0, done.stdout + done.stderr
            with serving(site) as server:
                yield server


@pytest.fixture
def database(server):
    with psycopg.connect(server.site.scratch.dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("snapshots")


@pytest.fixture
def call(server, folder, monkeypatch):
    """Our command, with a cache of the tests' own."""
    monkeypatch.setenv("DACHSADMIN_PATHS_CACHE", str(folder / "cache"))
    return partial(upgrade, server, folder)


def upgrade(server, folder: Path, *words: str, status: int = 0):
    done = dachsadmin(server, "upgrade", *words, cwd=folder)
    assert done.returncode == status, f"{done.returncode}: {done.stdout}{done.stderr}"
    return done


@pytest.fixture
def before(call, folder):
    """A snapshot of all that can be taken, while all is in order."""
    if not (folder / "before.json").exists():
        call("snapshot", "before.json", "--tests")
    return json.loads((folder / "before.json").read_text())


def told(call, *words: str, status: int) -> list[str]:
    done = call("compare", *words, "--report", "json", "--no-grouping", "--ignore", "slower-answer", status=status)
    return sorted(f"{one['code']} {one['severity'] if one['tested'] else 'untested'} {one['subject']}"
                  for one in json.loads(done.stdout)["findings"])


@pytest.mark.full
def test_a_snapshot_has_what_the_data_centre_shows(server, before, call):
    jsonschema.validate(before, SCHEMA)
    assert before["not_taken"] == {} and before["address"] == server.url and before["answers"] == {"server": "", "database": ""}
    assert before["relations"]["stars.stars"]["rows"] == 40 and before["relations"]["stars.hidden"]["exact"]
    assert {name.partition(".")[0] for name in before["relations"]} == {"stars", "seen", "ivoa"}
    assert before["obscore"] == {"seen.data": 5} and before["tests"] == {"stars/q": {"Stars are found.": "OK"}}
    assert before["records"]["stars/q#cone"] in before["identifiers"]
    assert before["services"]["stars/q/cone"]["ivo://ivoa.net/std/ConeSearch"]["interfaces"]
    assert before["services"]["tap"]["ivo://ivoa.net/std/TAP"]["functions"]
    listed, served = (before[part]["stars.stars"]["columns"] for part in ("tap_schema", "tap_tables"))
    assert listed == served and listed['"B mag"']["description"] == "Größe"
    assert told(call, "before.json", "before.json", status=0) == []


@pytest.mark.full
def test_a_data_centre_that_has_not_changed_has_no_findings(before, call):
    assert told(call, "before.json", status=0) == []


@pytest.mark.full
def test_what_changes_is_told_and_nothing_else(server, before, database, call):
    server.site.rd("stars/q", STARS.replace('unit="mag"', 'unit="mags"').replace('"A name"', '"Its name"', 1).replace(
        '<publish render="form" sets="ivo_managed"/>', "").replace('"ra">151', '"ra">10'))
    server.dachs("imp", "-m", "stars/q")
    server.dachs("pub", "stars/q")
    database.execute("DELETE FROM stars.stars WHERE star = 's7'; DELETE FROM seen.data; CREATE TABLE stars.more (x integer);"
                     "ALTER TABLE stars.hidden RENAME n TO m")
    server.reload()
    found = told(call, "before.json", status=1)
    assert found == [
        "DD101 error stars.hidden.n", 'DD102 warning stars.stars."B mag"', "DD103 info stars.stars.star", "DD110 info stars.more",
        "DD111 info stars.hidden.m", "DD200 error ivoa.obscore: seen.data", "DD200 error seen.data", "DD200 error stars.stars",
        "DD300 error stars/q/old", "DD400 error stars/q#old", "DD401 error ivo://org.example/stars/q/old",
        "DD500 warning stars/q DA201", "DD500 warning stars/q DA400", "DD501 error stars/q Stars are found.",
        "DD502 warning stars/q/cone cone-search"]


@pytest.mark.full
def test_what_does_not_answer_is_told_as_not_taken(call, folder, before):
    done = call("snapshot", "later.json", "--no-val", "--url", "http://127.0.0.1:9", status=ExitCode.PARTLY_DONE)
    assert "not taken: /tap/tables, capabilities, OAI identifiers, checks of probe: the server at http://127.0.0.1:9" in done.stderr
    jsonschema.validate(json.loads((folder / "later.json").read_text()), SCHEMA)
    found = told(call, "before.json", "later.json", status=1)
    assert [one for one in found if one.startswith(("DD3", "DD9"))] == ["DD302 error server", *(
        f"DD900 untested {part}" for part in ("identifiers", "probe", "services", "tap_tables", "tests", "val"))]
    assert told(call, "later.json", "later.json", status=0) == []


def test_where_nothing_answers_nothing_is_taken_and_all_of_that_is_told(tmp_path):
    config = GavoRc({("general", "rootdir"): str(tmp_path), ("db", "profilepath"): str(tmp_path)})
    request = Request("http://127.0.0.1:9", engine.Request(("ALL",), interpreter="/nonexistent"), tests=True,
                      interpreter="/nonexistent")
    taken = take(request, Host(), config, lambda *_: None)
    assert {part for part in PARTS if getattr(taken, part) is None} == set(taken.not_taken) == set(PARTS) - {"packages"}
    assert "DaCHS" not in (taken.packages or {}) and "there is no database profile" in taken.not_taken["relations"]
    assert "nothing listens there" in taken.answers["server"] and "http://127.0.0.1:9" in taken.not_taken["probe"]


@pytest.mark.full
def test_tables_are_counted_whatever_they_are_called_and_however_slow_they_are(database, server):
    database.execute("""CREATE SCHEMA odd; CREATE TABLE odd."%s ""Ö'.x" (n integer, "a%b" text);
        INSERT INTO odd."%s ""Ö'.x" VALUES (1); CREATE VIEW odd.slow AS SELECT pg_sleep(9)::text; CREATE TABLE odd.closed (n integer);
        CREATE TABLE odd.large (n integer); INSERT INTO odd.large SELECT 1; ANALYZE odd.large;
        UPDATE pg_class SET reltuples = 5e6 WHERE oid = 'odd.large'::regclass;
        CREATE TABLE odd.emptied (n integer); INSERT INTO odd.emptied SELECT 1; ANALYZE odd.emptied; TRUNCATE odd.emptied;
        UPDATE pg_class SET reltuples = 5e6, relpages = 1 WHERE oid = 'odd.emptied'::regclass;
        GRANT USAGE ON SCHEMA odd TO PUBLIC; GRANT SELECT ON odd.slow, odd.large, odd.emptied, odd."%s ""Ö'.x" TO PUBLIC""")
    try:
        asked = configured(gavorc.read({**os.environ, **server.site.settings.environment}))
        found = {one.name: (one.kind, one.rows, one.exact) for one in contents(asked, {"odd"}, lambda *_: None, patience="50ms")}
        asked.close()
    finally:
        database.execute("DROP SCHEMA odd CASCADE")
    assert found == {'odd.%s "Ö\'.x': ("table", 1, True), "odd.slow": ("view", None, False), "odd.closed": ("table", None, False),
                     "odd.large": ("table", 5_000_000, False), "odd.emptied": ("table", 0, True)}
