"""VOSI of a real DaCHS: good but for what it does itself; stale; and judged as STILTS judges it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import warnings
from dataclasses import replace
from pathlib import Path

import pytest
import vosi_documents as documents
from conftest import new_site
from loopback import Reply
from lxml import etree
from serving import serving
from starting import dachsadmin
from vosi_documents import canonical
from vosi_service import Service

from dachsadmin.client import vosi
from dachsadmin.client.schemata import Schemata
from dachsadmin.client.vosi import Column, Schema, Table
from dachsadmin.errors import ExitCode
from dachsadmin.vosi.conformance import engine, server as vosi_server

RD = """<table id="parents" onDisk="True" adql="True" primary="id"><meta name="description">Some stars.</meta>
  <column name="id" type="text" required="True" description="Identifier"/></table>
<table id="children" onDisk="True" adql="True"><meta name="description">Their
    spectra &amp; more.</meta><foreignKey inTable="parents" source="pid" dest="id"/>
  <column name="pid" type="text" description="Star" utype="stc:Star"/>
  <column name="quoted/B mag" type="real" unit="mag" ucd="phot.mag;em.opt.B" description="A name that needs quotes"/>
  <column name="flags" type="integer[3]" description="An array"/>
  <column name="place" type="spoint" description="A place"/></table>
<data id="import"><sources item="x"/><embeddedGrammar><iterator><code>
  for number in range(20):
    yield {"id": "s%d" % number, "pid": "s%d" % number, "flags": [1, 2, 3]}
</code></iterator></embeddedGrammar><make table="parents"/>
  <make table="children"><rowmaker idmaps="pid,flags"><map key="quoted/B mag">8.5</map>
    <map key="place">pgsphere.SPoint.fromDegrees(10, 20)</map></rowmaker></make></data>"""
OF_DACHS = {("DC104", "info"), ("DC201", "info"), ("DC304", "info")}
"""What DaCHS does, whatever an operator does."""
WITHOUT_KEYS = {("DC306", "info")}
"""And what it does up to 2.11."""


@pytest.fixture(scope="module")
def server(installation):
    import psycopg

    with new_site(installation) as site:
        with psycopg.connect(site.scratch.dsn) as connection:  # other tests leave tables, whose RDs are gone
            connection.execute("DELETE FROM tap_schema.tables WHERE NOT starts_with(sourcerd, '__system__')")
        site.rd("vosicheck/q", RD)
        with serving(site) as server:
            server.dachs("imp", "vosicheck/q")
            server.dachs("limits", "vosicheck/q")
            yield server
            server.try_dachs("drop", "vosicheck/q")


@pytest.fixture(scope="module")
def expected(server):
    return OF_DACHS | (WITHOUT_KEYS if leaves_keys_out(server) else set())


def leaves_keys_out(server) -> bool:
    return tuple(map(int, server.site.dachs.version.split(".")[:2])) < (2, 13)


@pytest.fixture(scope="module")
def schemata(server):
    return Schemata(Path(server.site.dachs.folder) / "resources" / "schemata")


def look(url: str, schemata: Schemata, *, everything: bool = False) -> set[tuple[str, str, str]]:
    got = vosi_server.publication(url, schemata, timeout=120, everything=everything, progress=lambda *_: None)
    return {(one.code, one.severity.label if one.tested else "untested", one.subject)
            for one in engine.run(got, engine.checks()).findings}


def test_a_dachs_has_no_faults_but_those_of_its_own(server, schemata, expected):
    for address in (server.url, f"{server.url}/tap", server.url.replace("127.0.0.1", "localhost") + "/__system__/tap/run"):
        found = look(address, schemata, everything=True)
        assert {(code, severity) for code, severity, _ in found} == expected, found


def test_an_rd_that_was_changed_and_not_imported_is_told(server, schemata, expected):
    path = server.site.inputs / "vosicheck" / "q.rd"
    before = path.read_text()
    path.write_text(before.replace('description="An array"', 'description="Changed" unit="m"').replace(
        '<column name="place"', '<column name="ghost" type="real" description="x"/><column name="place"'))
    server.reload()
    try:
        found = look(server.url, schemata, everything=True)
    finally:
        path.write_text(before)
        server.reload()
    assert {one for one in found if one[:2] not in expected} == {
        ("DC401", "error", "vosicheck.children.ghost"), ("DC401", "warning", "vosicheck.children.flags unit"),
        ("DC401", "warning", "vosicheck.children.flags description")}


def test_the_command_says_so(server):
    done = dachsadmin(server, "vosi", "check", server.url, "--all")
    assert done.returncode == ExitCode.OK, done.stdout + done.stderr
    assert ": info: the tables are announced as VOSI#tables" in done.stdout and ": error: " not in done.stdout


def test_saved_documents_are_good_too(server, tmp_path, expected):
    for name, path in (("all", "tables"), ("one", "tables/vosicheck.children"), ("capabilities", "capabilities")):
        (tmp_path / f"{name}.xml").write_bytes(server.get(f"/tap/{path}").body)
    done = dachsadmin(server, "vosi", "check", "all.xml", "one.xml", "capabilities.xml", cwd=tmp_path)
    assert done.returncode == ExitCode.OK, done.stdout + done.stderr
    assert {line.rpartition("[")[2].partition(" ")[0] for line in done.stdout.splitlines() if ": info: " in line} == {
        code for code, _ in expected} - {"DC304"}


@pytest.mark.parametrize("detail", ["max", "min"])
def test_what_is_read_of_a_set_is_all_that_dachs_says_in_it(server, schemata, detail):
    served = server.get(f"/tap/tables?detail={detail}").body
    written = documents.tableset(vosi.schemas(etree.fromstring(served)), columns=detail == "max")
    assert canonical(written) == canonical(served)
    assert schemata.faults(etree.fromstring(written)) == []


def test_a_table_alone_is_told_as_in_the_set_but_for_its_keys(server):
    tables = {table.name: table for table in vosi.tables(etree.fromstring(server.get("/tap/tables").body))}
    children = tables["vosicheck.children"]
    alone, = vosi.tables(etree.fromstring(server.get("/tap/tables/vosicheck.children").body))
    assert children.keys and children == replace(alone, keys=children.keys)
    assert alone.keys == (() if leaves_keys_out(server) else children.keys)


# -- STILTS

@pytest.fixture(scope="module")
def stilts():
    found = shutil.which("stilts")
    if found is None:
        warnings.warn("VOSI is not compared with what STILTS says: run 'apt-get install stilts'", stacklevel=1)
        pytest.skip("the program stilts is not installed; run 'apt-get install stilts'")
    return found


def taplint(stilts: str, url: str, *stages: str) -> set[str]:
    """The stages in which STILTS finds errors.

    The schema of DaCHS's own statistics would have to be fetched for it, and STILTS 3.4 does not know VOTable 1.5.
    """
    done = subprocess.run([stilts, "taplint", f"tapurl={url}", f"stages={' '.join(stages)}", "format=json", "report=E"],
                          capture_output=True, text=True, env={**os.environ, "LC_ALL": "C.UTF-8"}, timeout=300)
    return {section["code"] for section in json.loads(done.stdout)["sections"]
            if any(not re.search(r"g-colstat:|'1\.5'", report["text"]) for report in section["reports"] if "text" in report)}


def test_stilts_has_nothing_against_what_we_find_good(server, stilts):
    assert taplint(stilts, f"{server.url}/tap", "TMV", "TME", "TMS", "TMC") == set()


SCHEMAS = (Schema("s", (Table("s.stars", (Column("ra", "double", "", "deg", "pos.eq.ra;meta.main", "stc:ra"),)),)),)
"""Without DaCHS's own statistics, whose schema STILTS would have to fetch."""
ORDER = documents.tableset(SCHEMAS).replace(b"<unit>deg</unit><ucd>pos.eq.ra;meta.main</ucd>",
                                            b"<ucd>pos.eq.ra;meta.main</ucd><unit>deg</unit>")
ELEMENT = documents.tableset(SCHEMAS).replace(b"<utype>stc:ra</utype>", b"<utypes>stc:ra</utypes>")
TYPE = documents.tableset(SCHEMAS).replace(b">double</dataType>", b">real</dataType>")


@pytest.mark.full
@pytest.mark.parametrize(("changes", "valid"), [
    ({}, True), ({"tables": Reply(ORDER)}, False), ({"tables": Reply(ELEMENT)}, False), ({"tables": Reply(TYPE)}, False),
    ({"tables": Reply(b"<tableset/>")}, False)], ids=["good", "order", "element", "type", "root"])
def test_what_is_invalid_to_us_is_invalid_to_stilts(changes, valid, stilts, schemata):
    with Service(SCHEMAS, **changes).served() as root:
        found = {(code, severity) for code, severity, _ in look(f"{root}/tap", schemata)}
        assert ({("DC103", "error"), ("DC105", "error")} & found == set()) is valid
        assert (taplint(stilts, f"{root}/tap", "TMV") == set()) is valid
