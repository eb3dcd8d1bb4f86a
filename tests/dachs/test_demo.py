"""The demo on a real DaCHS: what it builds, the story's own listings, the example that finds the odd stars, and its end."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from astropy.io import votable
from conftest import VOCABULARIES, public_folder, put_vocabularies
from serving import free_port

from dachsadmin.demo import lamost
from dachsadmin.demo.population import population
from dachsadmin.errors import AdminError
from dachsadmin.system.scratch import Scratch, find_programs

ROOT = Path(__file__).parents[2]
SPECTRA = 400


@dataclass
class Machine:
    """A machine of its own for the demo: database, configuration, service tree and journal."""

    scratch: Scratch
    folder: Path
    port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def inputs(self) -> Path:
        return self.folder / "inputs"

    def lay_out(self) -> None:
        self.inputs.mkdir()
        if self.scratch.user:
            shutil.chown(self.inputs, self.scratch.user, self.scratch.group)
        rc = (self.scratch.base / "gavo.rc").read_text()
        rc = "".join(f"{line}\n" for line in rc.splitlines() if not line.startswith("inputsDir"))
        rc = rc.replace("[general]\n", f"[general]\ninputsDir: {self.inputs}\n")
        rc = rc.replace("[web]\n", f"[web]\nserverURL: {self.url}\nserverPort: {self.port}\nbindAddress: 127.0.0.1\n")
        (self.folder / "gavo.rc").write_text(rc)
        put_vocabularies(self.scratch, VOCABULARIES)

    def run(self, *arguments: str) -> subprocess.CompletedProcess:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("GAVO", "DACHSADMIN"))}
        return subprocess.run([sys.executable, "-m", "dachsadmin", *arguments], text=True, capture_output=True, timeout=600,
                              stdin=subprocess.DEVNULL, env=environment | {
                                  "GAVOSETTINGS": str(self.folder / "gavo.rc"), "PYTHONPATH": str(ROOT),
                                  "PYTHONDONTWRITEBYTECODE": "1", "DACHSADMIN_PATHS_STATE": str(self.folder / "state"),
                                  "DACHSADMIN_PATHS_BACKUP": str(self.folder / "backups"),
                                  "DACHSADMIN_PATHS_CACHE": str(self.folder / "cache")})

    def picture(self) -> dict[str, object]:
        """What is in the tree and in the database, but for statistics and time stamps."""
        database = self.scratch.database
        with contextlib.closing(database):
            relations = database.rows("SELECT n.nspname, c.relname, c.relkind FROM pg_class c JOIN pg_namespace n"
                                      " ON n.oid = c.relnamespace WHERE n.nspname !~ '^(pg_|information_schema)' ORDER BY 1, 2")
            published = database.rows("SELECT sourcerd, resid FROM dc.resources WHERE NOT deleted ORDER BY 1, 2")
            tables = database.rows("SELECT tablename, sourcerd FROM dc.tablemeta ORDER BY 1")
            products = database.rows("SELECT accref FROM dc.products ORDER BY 1")
        return {"files": sorted(map(str, self.inputs.rglob("*"))), "relations": relations, "published": published,
                "tables": tables, "products": products}


@dataclass(frozen=True)
class Built:
    """A machine with the demo on it, and what it was before."""

    machine: Machine
    before: dict[str, object]
    done: subprocess.CompletedProcess


@pytest.fixture(scope="module")
def machine():
    try:
        find_programs()
    except AdminError as fault:
        pytest.skip(f"{fault.message}; {fault.hint}")
    if os.geteuid():
        pytest.skip("the demo changes an installation, which needs root")
    if not shutil.which("dachs"):
        pytest.skip("there is no dachs; run 'apt-get install python3-gavo'")
    with public_folder() as folder, Scratch(folder / "inputs") as scratch:
        machine = Machine(scratch, folder)
        machine.lay_out()
        yield machine


@pytest.fixture(scope="module")
def built(machine):
    before = machine.picture()
    done = machine.run("demo", "--spectra", str(SPECTRA), "--yes")
    try:
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-6000:]
        yield Built(machine, before, done)
    finally:
        taken = machine.run("demo", "--remove", "--yes")
        assert taken.returncode == 0, taken.stdout + taken.stderr


@pytest.fixture
def service(built):
    pyvo = pytest.importorskip("pyvo")
    return pyvo.dal.TAPService(f"{built.machine.url}/tap")


def test_it_says_what_it_ran_and_what_to_try(built):
    said = built.done.stdout
    for command in ("start ssap --from", "val --profile strict lamost5/q", "dachs imp lamost5/q", "dachs limits lamost5/q",
                    "dachs pub lamost5/q", "dachs serve start", f"probe {built.machine.url}"):
        assert command in said
    assert f"TAP URL {built.machine.url}/tap" in said and "demo --remove" in said


def test_all_spectra_are_in_the_tables_that_users_ask(service):
    for table in ("lamost5.data", "ivoa.obscore"):
        assert service.run_sync(f"SELECT COUNT(*) AS n FROM {table}")[0]["n"] == SPECTRA


def test_the_storys_query_for_m_stars(service):
    query = """select
      ssa_pubDID, accref, raj2000, dej2000, ssa_targsubclass
    from lamost5.data tablesample({percent})
    where
      ssa_targsubclass like 'M%'"""
    sample = service.run_sync(query.format(percent=1))
    every = service.run_sync(query.format(percent=100)).to_table()
    wanted = sorted(target.subclass for target in population(SPECTRA) if target.subclass.startswith("M"))
    assert sorted(every["ssa_targsubclass"]) == wanted and 0 <= len(sample) <= len(wanted)
    assert [name.lower() for name in every.colnames] == ["ssa_pubdid", "accref", "raj2000", "dej2000", "ssa_targsubclass"]


@pytest.mark.filterwarnings("ignore")
def test_the_storys_loop_over_datalinks(service):
    from astropy import units as u

    found = service.run_sync("select top 3 ssa_pubDID, accref from lamost5.data where ssa_targsubclass = 'G8'")
    names = []
    for datalink in found.iter_datalinks():
        original = next(datalink.bysemantics("#progenitor", include_narrower=False))
        names.append(original.access_url.rpartition("/")[2])
        preview = next(datalink.bysemantics("#preview", include_narrower=False))
        assert preview.getdataset().read(4) == b"\x89PNG"
        links = next(datalink.iter_procs())
        # As the story has it; for the star that was meant, whatever pyVO's version, `process` is needed.
        for cut_out in (links.processed, links.process):
            table = votable.parse(io.BytesIO(cut_out(band=(392 * u.nm, 398 * u.nm)).read()), verify="ignore").get_first_table()
            waves = u.Quantity(table.to_table(use_names_over_ids=True)["spectral"]).to_value(u.nm)
            assert len(waves) > 60 and waves.min() >= 392 and waves.max() <= 398
        assert [param.value for param in table.params if param.name == "ssa_pubDID"] == [links.id]
    assert len(names) == 3 and set(names) <= {lamost.file_name(target) for target in population(SPECTRA)}


def test_the_example_finds_the_odd_stars_and_draws_its_pictures(built, tmp_path, capsys, monkeypatch):
    for library in ("pyvo", "scipy", "matplotlib"):
        pytest.importorskip(library)
    monkeypatch.syspath_prepend(ROOT / "docs/examples")
    example = importlib.import_module("lamost5_hk")
    assert example.main(["--tap", f"{built.machine.url}/tap", "--out", str(tmp_path)]) == 0
    told = [line for line in capsys.readouterr().out.splitlines() if line.startswith("odd: ")]
    odd = [lamost.file_name(target) for target in population(SPECTRA) if target.odd]
    assert len(told) == len(odd) and all(any(name in line for line in told) for name in odd)
    for name in ("lamost5_hk.png", "lamost5_sky.png"):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG") and (tmp_path / name).stat().st_size > 20_000


def test_a_second_run_changes_nothing(built):
    before = built.machine.picture()
    again = built.machine.run("demo", "--spectra", str(SPECTRA), "--dry-run")
    assert again.returncode == 0 and "nothing to do" in again.stdout, again.stdout + again.stderr
    assert built.machine.picture() == before


@contextlib.contextmanager
def published(machine, rd_id):
    """A resource of somebody else, while the with statement lasts."""
    with psycopg.connect(machine.scratch.dsn, autocommit=True) as connection:
        connection.execute("INSERT INTO dc.resources (sourcerd, resid, title, deleted) VALUES (%s, 'svc', 'Mine', false)", (rd_id,))
        yield
        connection.execute("DELETE FROM dc.resources WHERE sourcerd = %s", (rd_id,))


@pytest.mark.parametrize("arguments", [("--spectra", "200"), ("--remove",)])
def test_it_refuses_a_server_with_resources_of_somebody(built, arguments):
    with published(built.machine, "mine/q"):
        before = built.machine.picture()
        refused = built.machine.run("demo", *arguments, "--yes")
        assert refused.returncode == 5 and "mine/q" in refused.stderr
        assert built.machine.picture() == before


def test_it_goes_and_leaves_nothing_but_what_the_operator_has_changed_or_added(built):
    """Last in this file: it takes away what the others look at."""
    folder = built.machine.inputs / "lamost5"
    mine = [folder / name for name in ("q.rd", "data/calibration.txt", "previews/logo.png")]
    mine.append(folder / "data" / lamost.file_name(next(iter(population(SPECTRA)))))
    for path in mine:
        with path.open("ab") as stream:
            stream.write(b"<!-- mine -->")
    taken = built.machine.run("demo", "--remove", "--yes")
    assert taken.returncode == 0, taken.stdout + taken.stderr
    assert "the demo is gone, but for these files" in taken.stderr and all(str(path) in taken.stderr for path in mine)
    assert sorted(path for path in folder.rglob("*") if path.is_file()) == sorted(mine)
    shutil.rmtree(folder)
    assert built.machine.picture() == built.before
    again = built.machine.run("demo", "--remove", "--yes")
    assert again.returncode == 0 and "the demo is not on this machine" in again.stderr
