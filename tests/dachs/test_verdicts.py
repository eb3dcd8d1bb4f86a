"""The verdicts of our deep engine are those of `dachs val`, RD by RD, and our report hides nothing that it says."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from bench import tree
from conftest import VOCABULARIES, put_vocabularies
from places import PLACES, named

from dachsadmin.system import dachs
from dachsadmin.system.host import Host
from dachsadmin.system.scratch import Scratch
from dachsadmin.system.worker.client import Options, Pool, WorkerSettings

pytestmark = pytest.mark.dachs

META = """<meta name="title">t</meta><meta name="description">d</meta><meta name="creationDate">2024-01-01T00:00:00Z</meta>
<meta name="subject">surveys</meta><meta name="creator.name">Doe, J.</meta>"""
TABLE = '<table id="main" onDisk="True"><column name="ra" unit="deg" ucd="pos.eq.ra" description="x"/></table>'
FAULTS = {
    "good": META + TABLE,
    "unit": META + TABLE.replace("deg", "erg sec-1"),
    "unlisted-unit": META + TABLE.replace('"deg"', '"degree"'),
    "ucd": META + TABLE.replace("pos.eq.ra", "pos.eq.rax"),
    "no-metadata": TABLE,
    "null": META + TABLE.replace("</table>", '<column name="n" type="integer" description="y"/></table>'),
    "element": META + "<tabel/>",
    "attribute": META + '<table id="t" onDsik="True"/>',
    "id": META + '<data id="i"><make table="nix"/></data>',
    "mixin": META + '<table id="t" mixin="//nix#nix"/>',
    "rowmaker": META + TABLE + '<data id="i"><nullGrammar/><make table="main"><rowmaker><map key="nix">1</map></rowmaker>'
                               '</make></data>',
    "python": META + TABLE + '<data id="i"><nullGrammar/><make table="main"><rowmaker><map key="ra">1 +</map></rowmaker>'
                             '</make></data>',
    "test": META + '<regSuite title="s"><regTest title="t"><url>x</url><code>def (:</code></regTest></regSuite>',
    "published": META + TABLE + '<service id="s" allowed="form"><meta name="shortName">s</meta><dbCore queriedTable="main"/>'
                 '<publish render="form" sets="ivo_managed"/></service>',
    "unknown-subject": META.replace("surveys", "Nonsense") + TABLE + '<service id="s" allowed="form"><meta name="shortName">s'
                       '</meta><dbCore queriedTable="main"/><publish render="form" sets="ivo_managed"/></service>',
    "no-service-metadata": TABLE + '<service id="s" allowed="form"><dbCore queriedTable="main"/>'
                           '<publish render="form" sets="ivo_managed"/></service>',
    "long-short-name": META + TABLE + '<service id="s" allowed="form"><meta name="shortName">longer than sixteen letters</meta>'
                       '<dbCore queriedTable="main"/><publish render="form" sets="ivo_managed"/></service>',
    "rst": META.replace(">d<", ' format="rst">an `open literal<') + TABLE,
    "masked": '<table id="a"><column name="b" unit="erg sec-1" ucd="nix"/></table>' + TABLE,
    "exception": META + TABLE + '<service id="s" core="main"/>',
}


@pytest.fixture(scope="module", params=PLACES, ids=named)
def one_dachs(request):
    found = dachs.find(Host(), pythonpath=request.param)
    if found is None:
        pytest.skip("there is no DaCHS on this machine: apt-get install python3-gavo")
    return found


@pytest.fixture(scope="module")
def place(one_dachs):
    """A service tree of seeded faults, of templates and of ordinary RDs, with a database and vocabularies."""
    with tempfile.TemporaryDirectory(prefix="dachsadmin-test-") as folder:
        os.chmod(folder, 0o755)
        inputs = Path(folder) / "inputs"
        tree.make(inputs, 8)
        for name, text in FAULTS.items():
            (inputs / "faults").mkdir(exist_ok=True)
            (inputs / "faults" / f"{name}.rd").write_text(f'<resource schema="faults">{text}</resource>')
        with Scratch(inputs, pythonpath=one_dachs.pythonpath) as scratch:
            put_vocabularies(scratch, VOCABULARIES)
            for template in templates(scratch):
                (inputs / f"tpl_{template}").mkdir()
                shutil.chown(inputs / f"tpl_{template}", scratch.user)
                dachs_command(scratch, "start", template, cwd=inputs / f"tpl_{template}")
            yield scratch


def templates(scratch) -> list[str]:
    listed = dachs_command(scratch, "start", "list").stdout
    return [line.partition(" -- ")[0] for line in listed.splitlines() if " -- " in line and "+" not in line.partition(" ")[0]]


def dachs_command(scratch, *words, cwd="/tmp") -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "gavo.user.cli", *words], user=scratch.user, cwd=cwd, text=True,
                          capture_output=True, env={**os.environ, **scratch.environment}, timeout=300)


def rds(scratch, one_dachs) -> list[str]:
    inputs = Path(scratch.inputs)
    return [str(path.relative_to(inputs))[:-3] for path in sorted(inputs.rglob("*.rd"))] + list(one_dachs.builtin)


def verdicts_of_dachs(scratch, wanted: list[str]) -> dict[str, str]:
    """What `dachs val` says of RDs: OK, Fail, or crash where it ends with an exception (and leaves the rest unchecked)."""
    found: dict[str, str] = {}
    while waiting := [rd for rd in wanted if rd not in found]:
        parts = re.split(r"(?m)^(\S+) -- ", dachs_command(scratch, "val", *waiting).stdout)
        told = {rd: re.search(r"(OK|Fail)\s*$", text) for rd, text in zip(parts[1::2], parts[2::2])}
        assert told, "dachs val said nothing"
        found |= {rd: match[1] if match else "crash" for rd, match in told.items()}
    return found


def test_the_verdict_on_every_rd_is_that_of_dachs_val(place, one_dachs):
    settings = WorkerSettings(user=place.user, environment=place.environment)
    with Pool(settings) as pool:
        ours = {result.rd_id: result.verdict for result in pool.validate(rds(place, one_dachs), Options())}
    seeded = [rd for rd in ours if rd.startswith(("faults/", "tpl_"))]
    assert len(seeded) >= 20 and len(one_dachs.builtin) >= 20
    chosen = seeded + [rd for rd in ours if rd not in seeded][::4]
    theirs = verdicts_of_dachs(place, chosen)
    assert {rd: ours[rd] for rd in chosen} == theirs
    assert {"OK", "Fail"} <= set(theirs.values())


def test_the_speedups_change_no_verdict_and_no_word(place, one_dachs):
    def all_said(speedups: bool) -> dict:
        with Pool(WorkerSettings(user=place.user, environment=place.environment, speedups=speedups)) as pool:
            return {result.rd_id: (result.verdict, sorted((message.family, message.severity, message.text, message.line)
                                                          for message in result.messages))
                    for result in pool.validate(rds(place, one_dachs), Options())}
    assert all_said(True) == all_said(False)


def val(place, *words) -> tuple[int, dict]:
    if place.pythonpath:
        pytest.skip("the command validates with the installed DaCHS")
    done = subprocess.run([sys.executable, "-m", "dachsadmin", "val", "--scratch", "--no-cache", "--report", "json", "--tree",
                           place.inputs, *words], capture_output=True, text=True, timeout=300)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def test_what_dachs_finds_is_in_the_report_whatever_the_static_rules_say(place):
    """An RD that DaCHS fails has an error in the report of both engines, so that nothing can hide between them."""
    code, report = val(place, *(f"faults/{name}" for name in FAULTS))
    assert code == 1
    errors = {finding["rd"] for finding in report["findings"] if finding["severity"] == "error"}
    failing = {rd for rd, said in verdicts_of_dachs(place, [f"faults/{name}" for name in FAULTS]).items() if said != "OK"}
    assert failing and failing <= errors


def test_one_failing_family_hides_no_other(place):
    """`dachs val` stops at the missing metadata; the bad unit and UCD of the same table are told all the same."""
    _, report = val(place, "faults/masked", "--engine", "deep")
    assert {"DA220", "DA200", "DA205"} <= {finding["code"] for finding in report["findings"]}


def test_static_rules_find_no_error_in_what_dachs_takes(place):
    """DaCHS's own RDs and templates of ordinary services: no false alarm among the structure and reference rules."""
    good = [f"{path.parent.name}/q" for path in sorted(Path(place.inputs).glob("*/q.rd")) if not path.parent.name.startswith("tpl_")]
    _, report = val(place, *good, "--engine", "static", "--profile", "publish")
    assert [finding for finding in report["findings"] if finding["severity"] == "error"] == []
