"""Services that `start` makes are found to be in order by the probe."""

from __future__ import annotations

import csv
import random

import pytest
from conftest import new_site
from probing import ask, asked, faults
from serving import serving
from starting import bring_to_life, start

from dachsadmin.demo import lamost
from dachsadmin.demo.population import population

pytest.importorskip("pyvo", reason="pyVO is not installed; run 'apt-get install python3-pyvo'")

ANSWERS = {"title": "What nobody observed", "description": "Invented data, for the probe.", "creators": "Doe, J.",
           "subjects": "surveys"}


@pytest.fixture(scope="module")
def server(installation):
    with new_site(installation) as site, serving(site) as server:
        yield server
        for name in ("probespec", "probecone"):
            server.try_dachs("drop", f"{name}/q")


def test_spectra(server):
    folder = server.site.inputs / "probespec" / "data"
    folder.mkdir(parents=True)
    for target in population(40):
        (folder / lamost.file_name(target)).write_bytes(lamost.file_content(target))
    start(server, "probespec", "ssap", "--from", "data/*.fits.gz", **ANSWERS, collection="LAMOST5", aperture="0.000917",
          resolution="1800")
    bring_to_life(server, "probespec/q")
    assert faults(server, "probespec/q") == []
    made = asked(ask(server, "DP300", "DP303", "DP304", "DP401", service="probespec/q"))
    assert {name for name, subject in made if subject.startswith("probespec/q/")} == {
        "datalink-rows", "cutout", "cutout-outside", "spectrum"}


def test_cones(server):
    folder = server.site.inputs / "probecone" / "data"
    folder.mkdir(parents=True)
    dice = random.Random(5)
    with open(folder / "stars.csv", "w", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["star_id", "ra", "dec", "vmag"])
        table.writerows([f"S{number}", round(dice.uniform(0, 360), 5), round(dice.uniform(-90, 90), 5),
                         round(dice.uniform(5, 15), 2)] for number in range(2000))
    start(server, "probecone", "scs", "--from", "data/*.csv", **ANSWERS)
    bring_to_life(server, "probecone/q")
    assert faults(server, "probecone/q") == []
    assert ("cone-search", "probecone/q") in {(name, subject.rpartition("/")[0]) for name, subject in asked(
        ask(server, "DP420", service="probecone/q"))}
