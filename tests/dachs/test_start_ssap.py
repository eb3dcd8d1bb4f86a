"""A service for spectra, from files to the answers of SSA, TAP, ObsCore, Datalink and SODA."""

from __future__ import annotations

import gzip
import io
import shutil
import urllib.parse
from pathlib import Path

import numpy as np
import probing
import pytest
from astropy.io import fits, votable
from conftest import new_site
from serving import serving
from starting import bring_to_life, dachsadmin, findings, rows, start

from dachsadmin.demo import lamost
from dachsadmin.demo.population import population

SPECTRA = 120
REAL = Path(__file__).parents[3] / "shared" / "data" / "lamost"
ANSWERS = {"title": "Spectra that nobody observed", "description": "Artificial spectra, for a test of start.",
           "creators": "Doe, J.; Roe, R.", "collection": "LAMOST5", "aperture": "0.000917", "resolution": "1800"}


@pytest.fixture(scope="module")
def server(installation):
    with new_site(installation) as site, serving(site) as server:
        yield server


@pytest.fixture(scope="module")
def spectra(server):
    """The service spectra/q, made by start and imported, with what start has told."""
    folder = server.site.inputs / "spectra" / "data"
    folder.mkdir(parents=True)
    for target in population(SPECTRA):
        (folder / lamost.file_name(target)).write_bytes(lamost.file_content(target))
    told = start(server, "spectra", "ssap", "--from", "data/*.fits.gz", **ANSWERS)
    bring_to_life(server, "spectra/q")
    return told


def ask(server, query: str):
    """The rows that TAP answers with."""
    words = urllib.parse.urlencode({"LANG": "ADQL", "REQUEST": "doQuery", "QUERY": query})
    return table(server.get(f"/tap/sync?{words}"))


def table(answer):
    assert answer.status == 200, answer.body
    return votable.parse_single_table(io.BytesIO(answer.body)).to_table()


def followed(server, url: str):
    """What is there, behind redirects."""
    answer = server.get(url.removeprefix(server.url))
    while answer.status in (301, 302, 303, 307):
        answer = server.get(answer.headers["Location"].removeprefix(server.url))
    return answer


def test_it_is_valid_and_its_own_tests_pass(server, spectra):
    assert f"looked at {SPECTRA} of {SPECTRA} files" in spectra
    assert findings(server, "spectra/q") == []
    assert "0 of 4 bad" in server.dachs("test", "-v", "spectra/q")


def test_the_probe_has_asked_for_links_spectra_and_cutouts(server, spectra):
    made = probing.asked(probing.ask(server, "DP300", "DP303", "DP304", "DP401", service="spectra/q"))
    assert {name for name, subject in made if subject.startswith("spectra/q/")} == {
        "datalink-rows", "cutout", "cutout-outside", "spectrum"}


def test_tap_has_what_the_files_tell_and_samples_it(server, spectra):
    asked = ask(server, "SELECT ssa_pubDID, accref, raj2000, dej2000, ssa_targsubclass, ssa_redshift, ssa_specstart,"
                        " ssa_specend, ssa_length, mjd FROM spectra.data")
    assert len(asked) == SPECTRA
    expected = {lamost.file_name(target): target for target in population(SPECTRA)}
    for row in asked:
        target = expected[row["accref"].rpartition("/")[2]]
        assert row["raj2000"] == pytest.approx(target.ra, abs=1e-5)
        assert row["ssa_targsubclass"] == target.subclass
        assert row["ssa_pubdid" if "ssa_pubdid" in asked.colnames else "ssa_pubDID"].startswith("ivo://org.example/~?spectra/data/")
        assert row["ssa_length"] == lamost.POINTS
        assert (row["ssa_specstart"], row["ssa_specend"]) == pytest.approx((3700e-10, 9099.1e-10), rel=1e-4)
    assert 0 <= len(ask(server, "SELECT accref FROM spectra.data TABLESAMPLE(50)")) < SPECTRA + 1


def test_ssa_finds_by_position_wavelength_time_and_resolution(server, spectra):
    one = ask(server, "SELECT TOP 1 raj2000, dej2000, accref FROM spectra.data")[0]
    at = f"/spectra/q/ssa/ssap.xml?REQUEST=queryData&POS={one['raj2000']},{one['dej2000']}&SIZE=0.001"
    found = table(server.get(at + "&BAND=4e-7/5e-7&SPECRP=1000&FORMAT=all&TIME=2010-01-01/2030-01-01"))
    assert [row["accref"].rpartition("/")[2] for row in found] == [one["accref"].rpartition("/")[2]]
    assert found[0]["preview"] == found[0]["accref"] + "?preview=True"
    assert len(table(server.get(at + "&BAND=2e-6/3e-6"))) == 0
    assert b"ssa_pubDID" in server.get("/spectra/q/ssa/ssap.xml?REQUEST=queryData&FORMAT=METADATA").body


def test_the_accref_is_a_spectrum_as_the_spectral_data_model_has_it(server, spectra):
    accref = table(server.get("/spectra/q/ssa/ssap.xml?REQUEST=queryData&MAXREC=1"))[0]["accref"]
    answer = followed(server, accref)
    assert answer.headers["Content-Type"].startswith("application/x-votable+xml")
    parsed = votable.parse_single_table(io.BytesIO(answer.body))
    utypes = {field.name: field.utype for field in parsed.fields}
    assert utypes["spectral"] == "spec:Spectrum.Data.SpectralAxis.Value"
    assert utypes["flux"] == "spec:Spectrum.Data.FluxAxis.Value"
    assert len(parsed.array) == lamost.POINTS
    told = {param.utype: param.value for param in parsed.params}
    assert told["spec:Spectrum.Target.Name"].startswith("LAMOST J")
    assert told["spec:Spectrum.DataModel"] == "Spectrum-1.0"


def test_datalink_leads_to_the_spectrum_its_preview_and_its_original(server, spectra):
    row = ask(server, "SELECT TOP 1 ssa_pubDID AS did, accref FROM spectra.data")[0]
    links = {link["semantics"]: link for link in table(server.get("/spectra/q/sdl/dlmeta?ID=" + urllib.parse.quote(row["did"])))}
    assert set(links) == {"#this", "#preview", "#progenitor", "#proc"}
    preview = followed(server, links["#preview"]["access_url"])
    assert preview.status == 200 and preview.body.startswith(b"\x89PNG")
    original = followed(server, links["#progenitor"]["access_url"])
    stored = (server.site.inputs / row["accref"].partition("getproduct/")[2]).read_bytes()
    assert gzip.decompress(original.body if original.body[:2] == b"\x1f\x8b" else gzip.compress(original.body)) == gzip.decompress(stored)
    missing = table(server.get("/spectra/q/sdl/dlmeta?ID=ivo://org.example/~%3Fno/such.fits"))
    assert missing[0]["error_message"].startswith("NotFoundFault")


def test_cutouts_have_the_points_of_the_band_and_say_so(server, spectra):
    row = ask(server, "SELECT TOP 1 ssa_pubDID AS did, accref FROM spectra.data")[0]
    at = "/spectra/q/sdl/dlget?ID=" + urllib.parse.quote(row["did"])
    parsed = votable.parse_single_table(io.BytesIO(server.get(f"{at}&BAND=3.92e-7%203.98e-7").body))
    with fits.open(server.site.inputs / row["accref"].partition("getproduct/")[2]) as hdus:
        flux, inverse, waves, mask = hdus[0].data[:4]
    wanted = (waves >= 3920) & (waves <= 3980)
    assert list(parsed.array["spectral"]) == pytest.approx(list(waves[wanted]))
    assert list(parsed.array["flux"]) == pytest.approx(list(flux[wanted]))
    assert list(parsed.array["flux_error"]) == pytest.approx(list(inverse[wanted] ** -0.5), rel=1e-5)
    assert list(parsed.array["mask"]) == list(mask[wanted])
    told = {param.name: param.value for param in parsed.params}
    assert (told["ssa_specstart"], told["ssa_specend"]) == pytest.approx((waves[wanted][0] * 1e-10, waves[wanted][-1] * 1e-10))
    assert told["ssa_length"] == wanted.sum()
    # DaCHS 2.13 compares BAND with the limits that it declares; those before give an empty answer.
    assert server.get(f"{at}&BAND=1e-7%202e-7").status == (422 if server.site.dachs.version.startswith("2.13") else 204)


def test_obscore_has_the_time_that_was_exposed(server, spectra):
    both = ask(server, "SELECT o.t_min, o.t_max, t_exptime, ssa_dateObs AS mid, em_res_power, access_format"
                       " FROM ivoa.obscore AS o JOIN spectra.data AS d ON (obs_publisher_did=ssa_pubDID)"
                       " WHERE obs_collection='LAMOST5'")
    assert len(both) == SPECTRA
    for row in both:
        assert (row["t_max"] - row["t_min"]) * 86400 == pytest.approx(row["t_exptime"], rel=1e-4)
        assert (row["t_max"] + row["t_min"]) / 2 == pytest.approx(row["mid"])
        assert row["em_res_power"] == pytest.approx(1800, rel=1e-3)
        assert row["access_format"] == "application/x-votable+xml"


def test_the_database_has_indexes_statistics_and_coverage(server, spectra):
    indexed = " ".join(row[0] for row in rows(server, "SELECT indexdef FROM pg_indexes WHERE schemaname='spectra'"))
    for what in ("gist (ssa_location)", "q3c_ang2ipix(raj2000, dej2000)", "(ssa_pubdid)", "(ssa_specstart, ssa_specend)", "(t_min)"):
        assert what in indexed
    targets = dict(rows(server, "SELECT attname, attstattarget FROM pg_attribute WHERE attrelid='spectra.data'::regclass"))
    assert {targets[name] for name in ("raj2000", "dej2000", "ssa_targsubclass", "ssa_dateobs")} == {1000}
    [(bounds,)] = rows(server, "SELECT array_length(histogram_bounds::text::text[], 1) FROM pg_stats WHERE schemaname='spectra'"
                               " AND attname='raj2000'")
    assert bounds > 101, "not analysed with the statistics target"
    [(spatial, temporal, spectral)] = rows(server, "SELECT spatial, temporal, spectral FROM dc.rdmeta WHERE sourcerd='spectra/q'")
    assert spatial and temporal and spectral


def test_indexes_and_metadata_can_be_made_again(server, spectra):
    server.dachs("imp", "-I", "spectra/q")
    server.dachs("imp", "-m", "spectra/q")
    assert len(ask(server, "SELECT obs_publisher_did FROM ivoa.obscore WHERE obs_collection='LAMOST5'")) == SPECTRA


def test_an_rd_with_open_questions_says_where_they_are(server):
    folder = server.site.inputs / "open"
    (folder / "data").mkdir(parents=True)
    target = next(iter(population(1)))
    (folder / "data" / lamost.file_name(target)).write_bytes(lamost.file_content(target))
    done = dachsadmin(server, "start", "ssap", "data", cwd=folder)
    assert done.returncode == 1
    lines = (folder / "q.rd").read_text().splitlines()
    told = {line.rpartition("--set ")[2].removesuffix("=..."): int(line.split()[2].rstrip(":"))
            for line in done.stderr.splitlines() if line.startswith("open: line ")}
    assert set(told) == {"title", "description", "creators", "collection"}
    assert all(f"%{key}: " in lines[number - 1] for key, number in told.items())
    found = findings(server, "open/q")
    assert {message.split("%")[1].partition(":")[0] for message in found if message.startswith("DA226")} == set(told)


def header(number: int) -> fits.Header:
    return fits.Header([
        ("OBJECT", f"Star {number}"), ("RA", 10. + number, "[deg] RA"), ("DEC", -5. + number, "[deg] Dec"), ("SNR", 10. + number),
        ("DATE-OBS", f"2020-01-{number + 1:02}T01:00:00"), ("EXPTIME", 600., "[s] exposure"),
        ("NOTE", f"{number} <b> & \"c\" 'd' \\rdId --> ]]> @RA %of% it", "-->'\"); import <os>")])


def radio(folder: Path) -> None:
    """Spectra over frequency: a linear axis of an image with one row."""
    for number in range(4):
        axis = [("CRVAL1", 1.42e9), ("CDELT1", 1e4), ("CRPIX1", 250.), ("CTYPE1", "FREQ"), ("CUNIT1", "Hz"), ("BUNIT", "Jy")]
        hdu = fits.PrimaryHDU(np.arange(500, dtype="f4") + number)
        hdu.header.extend([*axis, *header(number).cards])
        hdu.writeto(folder / f"{number}.fits")


def columns(folder: Path) -> None:
    """Spectra in binary tables, over wavelengths in Angstrom."""
    for number in range(4):
        flux = np.arange(500, dtype="f4") + number
        unit = "erg/s/cm2/A"
        points = fits.BinTableHDU.from_columns([
            fits.Column("WAVELENGTH", "D", unit="Angstrom", array=np.linspace(4000, 5000, 500)),
            fits.Column("FLUX", "E", unit=unit, array=flux), fits.Column("ERROR", "E", unit=unit, array=flux / 10)])
        fits.HDUList([fits.PrimaryHDU(header=header(number)), points]).writeto(folder / f"{number}.fits")


@pytest.mark.full
@pytest.mark.parametrize(("name", "write", "band", "points"), [
    ("radio", radio, "0.2111 0.2112", 67), ("columns", columns, "4.5e-7 6e-7", 250)])
def test_spectra_in_other_formats_are_served_and_cut(server, name, write, band, points):
    folder = server.site.inputs / name / "data"
    folder.mkdir(parents=True)
    write(folder)
    start(server, name, "ssap", "data", **ANSWERS)
    bring_to_life(server, f"{name}/q")
    assert findings(server, f"{name}/q") == []
    assert "0 of 4 bad" in server.dachs("test", "-v", f"{name}/q")
    asked = ask(server, f"SELECT TOP 1 ssa_pubDID AS did, note FROM {name}.data ORDER BY ssa_pubDID")
    assert asked[0]["note"] == "0 <b> & \"c\" 'd' \\rdId --> ]]> @RA %of% it"
    did, band = urllib.parse.quote(asked[0]["did"]), urllib.parse.quote(band)
    assert len(table(server.get(f"/{name}/q/sdl/dlget?ID={did}&BAND={band}"))) == points
    server.dachs("drop", f"{name}/q")


@pytest.mark.full
@pytest.mark.parametrize(("name", "pattern", "points"), [("low", "spec-*", 3909), ("medium", "med-*", 4156)])
def test_real_spectra_are_served(server, name, pattern, points):
    if not REAL.is_dir():
        pytest.skip(f"{REAL} has no real spectra")
    folder = server.site.inputs / name / "data"
    folder.mkdir(parents=True)
    for path in REAL.glob(pattern):
        shutil.copy(path, folder)
    start(server, name, "ssap", "--from", "data/*", **(ANSWERS | {"collection": name}))
    assert findings(server, f"{name}/q") == []
    bring_to_life(server, f"{name}/q")
    assert "0 of 4 bad" in server.dachs("test", "-v", f"{name}/q")
    found = ask(server, f"SELECT ssa_length, raj2000, ssa_specstart, t_min FROM {name}.data")
    assert {row["ssa_length"] for row in found} == {points}
    assert all(0 < row["raj2000"] < 360 and 3e-7 < row["ssa_specstart"] < 6e-7 and row["t_min"] > 50000 for row in found)
    server.dachs("drop", f"{name}/q")
