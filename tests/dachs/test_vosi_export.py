"""What is exported is what a real DaCHS serves, with and without a real nginx that answers from it."""

from __future__ import annotations

import gzip
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from conftest import VOCABULARIES, new_site, public_folder, put_vocabularies
from lxml import etree
from serving import get, serving
from web_before import reload_nginx, web_server

from dachsadmin.client.schemata import Schemata
from dachsadmin.errors import Refused
from dachsadmin.system import gavorc
from dachsadmin.system.host import Host
from dachsadmin.system.scratch import Scratch
from dachsadmin.vosi.export import command
from dachsadmin.vosi.status.stock import Installation

ROOT = Path(__file__).parents[2]
STARS = """<table id="Stars" onDisk="True" adql="True" primary="n">
  <meta name="description">Stars &lt;of&gt; the "Ähre".</meta><meta name="table-rank">5</meta>
  <column name="n" type="integer" required="True" description="A number"/>
  <column name="Mag" type="real" unit="mag" ucd="phot.mag" description="Größe"/>
  <column name="quoted/B mag" type="real"/><column name="kind" type="text"/><column name="inside" hidden="True"/></table>
<table id="notes" onDisk="True" adql="True"><column name="n" type="integer" required="True"/>
  <foreignKey inTable="Stars" source="n"/></table>
<table id="unlisted" onDisk="True" adql="hidden" primary="n"><column name="n" type="integer" required="True"/></table>
<data id="import"><sources item="x"/><embeddedGrammar><iterator><code>
  for number in range(40):
    yield {"n": number, "Mag": 8.36 + number / 1000., "B mag": 1., "kind": "ab"[number % 2], "inside": 0}
</code></iterator></embeddedGrammar><make table="Stars"><rowmaker idmaps="*"/></make></data>
<data id="rest"><nullGrammar/><make table="notes"/><make table="unlisted"/></data>"""
LINKED = """<table id="links" onDisk="True" adql="True"><column name="n" type="integer" required="True"/>
  <foreignKey inTable="{schema}/q#Stars" source="n" dest="n" metaOnly="True"/>
  <foreignKey inTable="{schema}/q#unlisted" source="n" dest="n" metaOnly="True"/></table>
<table id="gone" onDisk="True" adql="True"><column name="x" required="True" type="integer"/></table>
<data id="import"><nullGrammar/><make table="links"/><make table="gone"/></data>"""


class Terminal:
    """Keeps what it is told."""

    def __init__(self):
        self.notes, self.payloads = [], []

    def note(self, text):
        self.notes.append(text)

    def payload(self, text):
        self.payloads.append(text)

    def progress(self, what, done, total):
        pass


class Centre:
    """A served DaCHS with tables of its own, and a folder to export to."""

    def __init__(self, server, found, here):
        self.server, self.site, self.here = server, server.site, here
        environment = server.site.settings.environment
        self.folder, self.current = here / "vosi", here / "vosi" / "current"
        self.of = Installation(Host(), gavorc.read(environment), found, environment, here / "cache")

    def export(self, **options):
        terminal = Terminal()
        status = command.run(self.folder, self.of, terminal, **{"dry_run": False, **options})
        return int(status), terminal

    def change(self, name, old, new):
        path = self.site.inputs / f"{name}.rd"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))
        time.sleep(0.1)

    def manifest(self):
        return json.loads((self.current / "manifest.json").read_text())

    def files(self):
        here = self.current.resolve()
        return {str(path.relative_to(here)): (path.stat().st_ino, path.stat().st_mtime)
                for path in here.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def served(installation):
    """One server for all tests."""
    found, _ = installation
    with public_folder() as folder, Scratch(folder, pythonpath=found.pythonpath) as scratch:
        put_vocabularies(scratch, VOCABULARIES)
        with new_site((found, scratch)) as site, serving(site) as server:
            site.rd("aa/q", STARS)
            site.rd("bb/q", LINKED.format(schema="aa"))
            for words in (("imp", "aa/q"), ("imp", "bb/q"), ("limits", "aa/q")):
                server.dachs(*words)
            server.reload()
            yield server, found


@pytest.fixture
def centre(served):
    with public_folder() as here:
        server, found = served
        before = {path: path.read_text() for path in server.site.inputs.glob("*/q.rd")}
        yield Centre(server, found, here)
        for path, text in before.items():
            if path.read_text() != text:
                path.write_text(text)
        server.reload()


def canonical(element):
    """An element as a reader of XML understands it; schemas and tables of a set in order of their names."""
    children = [canonical(child) for child in element]
    if element.tag.rpartition("}")[2] in ("tableset", "schema"):
        children.sort(key=lambda child: (child[0] == "table", child[3][0][2] if child[3] else ""))
    attributes = {name: value for name, value in element.attrib.items() if not name.endswith("schemaLocation")}
    return element.tag, sorted(attributes.items()), element.text or "", children


def without_keys(table):
    """A table apart from foreign keys, which DaCHS tells in the full set only."""
    for key in table.findall("foreignKey"):
        table.remove(key)
    return canonical(table)


def tables_of(body):
    return {table.findtext("name"): canonical(table)[1:] for table in etree.fromstring(body).iter("table")}


def test_an_export_is_what_dachs_serves(centre):
    status, terminal = centre.export()
    assert (status, terminal.payloads) == (0, [])
    served = {detail: centre.server.get(f"/tap/tables?detail={detail}").body for detail in ("min", "max")}
    for detail, body in served.items():
        assert canonical(etree.parse(str(centre.current / f"{detail}.xml")).getroot()) == canonical(etree.fromstring(body))
    whole = tables_of(served["max"])
    manifest = centre.manifest()
    assert set(manifest["tables"]) == set(whole) >= {"aa.stars", "aa.notes", "bb.links", "tap_schema.columns"}
    for name, (path, _) in manifest["tables"].items():
        document = etree.parse(str(centre.current / path)).getroot()
        alone = etree.fromstring(centre.server.get(f"/tap/tables/{name}").body)
        assert canonical(document)[1:] == whole[name] and document.tag == alone.tag
        assert without_keys(document) == without_keys(alone)
    keys = etree.parse(str(centre.current / "tables/bb.links.xml")).getroot().findall("foreignKey/targetTable")
    assert "aa.stars" in [key.text for key in keys]
    assert (centre.current / "capabilities.xml").read_bytes() == centre.server.get("/tap/capabilities").body
    assert not any("availability" in name for name in centre.files())
    schemata = Schemata(Path(centre.of.dachs.folder) / "resources" / "schemata")
    for path, known in manifest["documents"].items():
        content = (centre.current / path).read_bytes()
        assert gzip.decompress((centre.current / f"{path}.gz").read_bytes()) == content
        assert schemata.faults(etree.fromstring(content)) == [] and known["size"] == len(content)


def test_only_what_has_changed_is_written_and_the_rest_keeps_its_time(centre):
    centre.export(dry_run=True)
    assert not centre.folder.exists()
    centre.export()
    before = centre.files()
    status, terminal = centre.export()
    assert status == 0 and centre.files() == before and "0 documents written" in terminal.notes[-1]
    os.utime(centre.site.inputs / "bb" / "q.rd")
    centre.export()
    assert {name: time for name, (_, time) in centre.files().items() if "xml" in name} == {
        name: time for name, (_, time) in before.items() if "xml" in name}, "touched, but not changed"
    before = centre.files()
    centre.change("aa/q", "A number", "The number")
    status, terminal = centre.export(dry_run=True)
    assert centre.files() == before
    status, terminal = centre.export()
    assert status == 0 and "2 documents written" in terminal.notes[-1], terminal.notes
    after = centre.files()
    assert {name for name in after if "xml" in name and after[name] != before[name]} == {
        f"{name}{suffix}" for name in ("max.xml", "tables/aa.stars.xml") for suffix in ("", ".gz")}
    assert after["max.xml"][1] > before["max.xml"][1]


def test_new_facts_of_the_database_and_a_removed_table_are_noticed(centre):
    centre.export()
    assert b"bb.gone" in (centre.current / "max.xml").read_bytes() and (centre.current / "tables/bb.gone.xml").exists()
    with psycopg.connect(centre.site.scratch.dsn) as connection:
        connection.execute("DELETE FROM tap_schema.columns WHERE table_name = 'bb.gone'")
        connection.execute("DELETE FROM tap_schema.tables WHERE table_name = 'bb.gone'")
        connection.execute("UPDATE dc.tablemeta SET nrows = 4711 WHERE tablename = 'aa.Stars'")
    status, terminal = centre.export()
    assert status == 0 and "3 documents written" in terminal.notes[-1] and "1 removed" in terminal.notes[-1]
    assert b"bb.gone" not in (centre.current / "max.xml").read_bytes() + (centre.current / "min.xml").read_bytes()
    assert not any("bb.gone" in name for name in centre.files())
    assert b"<nrows>4711</nrows>" in (centre.current / "tables/aa.stars.xml").read_bytes()
    centre.server.reload()
    assert tables_of(centre.server.get("/tap/tables").body) == tables_of((centre.current / "max.xml").read_bytes())


def test_an_rd_that_does_not_load_keeps_its_last_good_documents(centre):
    centre.export()
    good = (centre.current / "tables/aa.stars.xml").read_bytes()
    before = centre.files()
    centre.change("aa/q", "</resource>", "<nonsense/></resource>")
    for _ in range(2):
        status, terminal = centre.export()
        told = sorted(terminal.payloads)
        assert status == 1 and told[0].startswith("aa/q does not load, 2 tables kept") and len(told) == 2
        assert (centre.current / "tables/aa.stars.xml").read_bytes() == good
        assert centre.files()["max.xml"][1] == before["max.xml"][1] and set(centre.manifest()["rds"]) == {"aa/q", "bb/q"}
    centre.change("aa/q", "<nonsense/></resource>", "</resource>")
    assert centre.export()[0] == 0 and centre.manifest()["rds"] == {}


SCRIPT = """
import os, sys
sys.path[:0] = [{dachs!r}, {tests!r}]
from test_vosi_export import *
from dachsadmin.system import generations
from dachsadmin.system.dachs import find
number = 0
def counting(of, name):
    real = getattr(of, name)
    def counted(*args, **kwargs):
        global number
        number += 1
        if number == {at}:
            os.kill(os.getpid(), 9)
        return real(*args, **kwargs)
    setattr(of, name, counted)
for name in ("unlink", "mkdir", "write_bytes", "symlink_to", "replace"):
    counting(generations.Path, name)
for of, name in ((generations.os, "link"), (generations.os, "sync"), (generations.shutil, "rmtree")):
    counting(of, name)
environment = {environment!r}
of = Installation(Host(), gavorc.read(environment), find(Host(), pythonpath={pythonpath!r}), environment, Path({cache!r}))
command.run(Path({folder!r}), of, Terminal(), dry_run=False)
print("whole", number)
"""


def killed_at(centre, at):
    script = SCRIPT.format(tests=str(ROOT / "tests"), dachs=str(ROOT / "tests" / "dachs"), at=at,
                           environment=dict(centre.of.environment), pythonpath=centre.of.dachs.pythonpath,
                           cache=str(centre.of.cache), folder=str(centre.folder))
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True,
                          env={**os.environ, "PYTHONPATH": str(ROOT)})


@pytest.mark.full
def test_a_refresh_brings_the_export_of_the_settings_up_to_date(centre):
    environment = {**os.environ, **centre.of.environment, "DACHSADMIN_VOSI_EXPORT_FOLDER": str(centre.folder),
                   "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), centre.of.dachs.pythonpath))),
                   **{f"DACHSADMIN_PATHS_{name}": str(centre.here / name) for name in ("STATE", "BACKUP", "CACHE")}}
    centre.change("aa/q", "A number", "The number")
    for option, exported in (("--dry-run", False), ("--yes", True)):
        done = subprocess.run([sys.executable, "-m", "dachsadmin", option, "vosi", "refresh", "aa/q"], env=environment,
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        assert centre.current.exists() == exported
    assert b"The number" in (centre.current / "tables" / "aa.stars.xml").read_bytes()


@pytest.mark.full
def test_killed_at_any_step_the_next_run_makes_it_right(centre):
    centre.export()
    centre.change("aa/q", "A number", "The number")
    whole = killed_at(centre, 0)
    assert "whole" in whole.stdout, whole.stderr
    steps = int(whole.stdout.split()[-1])
    assert steps > 20
    text, withdrawn = "The number", 12  # the first steps remove what is old
    for at in (1, withdrawn // 2, withdrawn + 1, steps // 2, *range(steps - 4, steps + 1)):
        centre.change("aa/q", text, f"Number {at}")
        text = f"Number {at}"
        done = killed_at(centre, at)
        assert done.returncode == -signal.SIGKILL, done.stderr
        for name in ("tables/aa.stars.xml", "max.xml"):
            if at > withdrawn and (centre.current / name).exists():
                assert text.encode() in (centre.current / name).read_bytes(), "what is old is not given out"
        assert centre.export()[0] == 0
        manifest = centre.manifest()
        assert text.encode() in (centre.current / "max.xml").read_bytes()
        assert all((centre.current / path).stat().st_size == one["size"] for path, one in manifest["documents"].items())
        assert len(list((centre.folder / "generations").iterdir())) == 1


def test_only_one_exports_at_a_time(centre):
    centre.folder.mkdir()
    with Host().lock("a test", str(centre.folder / ".lock")), pytest.raises(Refused, match="a test"):
        centre.export()


SERVERS = ["nginx", pytest.param("apache", marks=pytest.mark.full)]
ALIASES = [f"/{base}/{word}" for base in ("tap", "__system__/tap/run") for word in ("tables", "tableMetadata")]


@pytest.mark.parametrize("program", SERVERS)
def test_web_servers_answer_all_aliases_as_dachs_does(centre, program):
    centre.export()
    with web_server(centre.server, centre.folder, centre.here, program) as url:
        for alias in ALIASES:
            for query in ("", "?detail=min", "?detail=max", "?detail=bogus", "?DETAIL=min", "?detail=min&x=1"):
                answer, own = get(url + alias + query), centre.server.get(alias + query)
                assert ("ETag" in answer.headers) == (query in ("", "?detail=min", "?detail=max"))
                assert answer.headers["Content-Type"] == "text/xml"
                assert canonical(etree.fromstring(answer.body)) == canonical(etree.fromstring(own.body)), query
            for name in ("aa.stars", "AA.Stars", "tap_schema.columns", "aa.st%61rs", "aa.stars?x=y"):
                answer, own = get(f"{url}{alias}/{name}"), centre.server.get(f"{alias}/{name}")
                assert "ETag" in answer.headers and own.status == 200
                assert without_keys(etree.fromstring(answer.body)) == without_keys(etree.fromstring(own.body))
            for name in ("aa.nix", "aa.unlisted", "aa.stars/x", "..%2fmanifest.json", "%22aa%22.stars", "="):
                answer, own = get(f"{url}{alias}/{name}"), centre.server.get(f"{alias}/{name}")
                assert (answer.status, "ETag" in answer.headers) == (own.status, False), name
        for base in ("/tap", "/__system__/tap/run"):
            answer, own = get(f"{url}{base}/capabilities"), centre.server.get(f"{base}/capabilities")
            assert answer.body == own.body and answer.headers["WWW-Authenticate"] == own.headers["WWW-Authenticate"]
            assert ("ETag" in answer.headers) == (program == "nginx")
            assert "ETag" not in get(f"{url}{base}/availability").headers


def exchange(url, method="GET", **headers):
    connection = http.client.HTTPConnection(url.removeprefix("http://").partition("/")[0], timeout=60)
    connection.request(method, "/" + url.removeprefix("http://").partition("/")[2],
                       headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, dict(answer.getheaders()), body


@pytest.mark.parametrize("program", SERVERS)
def test_web_servers_revalidate_compress_and_fall_back(centre, program):
    centre.export()
    with web_server(centre.server, centre.folder, centre.here, program) as url:
        table = f"{url}/tap/tables/aa.stars"
        status, headers, body = exchange(table)
        assert status == 200 and headers["Cache-Control"] == "no-cache" and "Accept-Encoding" in headers["Vary"]
        assert exchange(table, If_None_Match=headers["ETag"])[0] == 304
        assert exchange(table, If_Modified_Since=headers["Last-Modified"])[0] == 304
        status, zipped, packed = exchange(table, Accept_Encoding="gzip")
        assert zipped["Content-Encoding"] == "gzip" and gzip.decompress(packed) == body
        assert zipped["Content-Type"] == "text/xml" and zipped["ETag"] != headers["ETag"]
        assert "ETag" not in exchange(table, Origin="http://example.org")[1]
        assert "ETag" not in exchange(table, Authorization="Basic eDp5")[1]
        assert exchange(table, "HEAD")[1]["ETag"] == headers["ETag"]
        assert exchange(table, "POST")[0] == exchange(f"{centre.server.url}/tap/tables/aa.stars", "POST")[0]
        centre.change("aa/q", "A number", "The number")
        centre.export()
        status, fresh, body = exchange(table, If_None_Match=headers["ETag"])
        assert status == 200 and fresh["ETag"] != headers["ETag"] and b"The number" in body
        for name in ("tables/aa.stars.xml", "max.xml"):
            (centre.current / name).unlink()
            (centre.current / f"{name}.gz").unlink()
        centre.server.reload()
        assert b"The number" in exchange(table)[2] and exchange(f"{url}/tap/tables")[0] == 200
        if program == "nginx":
            reload_nginx(centre.here)
            assert b"The number" in exchange(table)[2]
