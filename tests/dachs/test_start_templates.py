"""Images, catalogues, tables, links and ObsCore: from files by start to what the server answers to pyVO."""

from __future__ import annotations

import csv
import io
import re

import numpy
import probing
import pytest
from astropy import units
from astropy.coordinates import SkyCoord
from astropy.io import fits, votable
from astropy.time import Time
from conftest import new_site
from serving import serving
from starting import bring_to_life, dachsadmin, findings, resource, rows, start

pyvo = pytest.importorskip("pyvo")

IMAGES, STARS = 9, 400
ANSWERS = {"title": "What nobody observed", "description": "Invented data, for a test of start.", "creators": "Doe, J.; Roe, R.",
           "subjects": "surveys"}
BANDS = {"B": (391.5e-9, 480.5e-9), "V": (503e-9, 587e-9), "R": (562e-9, 720e-9)}
BEGIN = Time("2015-03-01T22:10:30.5")


@pytest.fixture(scope="module")
def server(installation):
    with new_site(installation) as site, serving(site) as server:
        yield server


def image(number, **cards):
    """A small image of the sky with a header as observatories write it; north is up."""
    hdu = fits.PrimaryHDU(numpy.full((60, 80), number, "f4"))
    hdu.header.update({
        "OBJECT": ("M31", "M33")[number % 2], "FILTER": tuple(BANDS)[number % 3], "EXPTIME": (300. + number, "[s] exposure time"),
        "DATE-OBS": (f"2015-03-{number + 1:02d}T22:10:30.5", "start of exposure, UTC"), "INSTRUME": "WFI",
        "TELESCOP": "1.2m Schmidt",
        "OBSERVER": "Doe & Roe <\\x>", "SEEING": (1.5 + number / 10, "[arcsec] FWHM"), "CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN",
        "CUNIT1": "deg", "CUNIT2": "deg", "CRVAL1": 10. + 3 * number, "CRVAL2": 4. * number - 20, "CRPIX1": 40.5, "CRPIX2": 30.5,
        "CDELT1": -0.002, "CDELT2": 0.002, "RADESYS": "ICRS"} | cards)
    content = io.BytesIO()
    hdu.writeto(content)
    return content.getvalue()


def write(server, path, content):
    """A file of the operator, which the server can read."""
    file = resource(server, path.partition("/")[0]).parent / path
    file.parent.mkdir(exist_ok=True)
    file.parent.chmod(0o755)
    file.write_bytes(content)
    file.chmod(0o644)


def made(server, name, template, *arguments, **answers):
    """NAME/q made, valid, imported, published and served; its own tests pass."""
    start(server, name, template, *arguments, "--for-dachs", version_of(server), **(ANSWERS | answers))
    assert findings(server, f"{name}/q") == []
    bring_to_life(server, f"{name}/q")
    assert "0 of " in server.dachs("test", f"{name}/q")


def version_of(server):
    return re.match(r"\d+\.\d+", server.site.dachs.version)[0]


def tap(server, query):
    return pyvo.dal.TAPService(server.url + "/tap").search(query).to_table()


def semantics(links):
    return {str(link["semantics"]): link for link in links}


# ---- images

@pytest.fixture(scope="module")
def images(server):
    for number in range(IMAGES):
        write(server, f"pictures/data/field{number:03d}.fits", image(number))
        write(server, f"pictures/raw/field{number:03d}.fits", image(number, HISTORY="raw"))
    made(server, "pictures", "siap", "--from", "data/*.fits", collection="Schmidt", progenitor="raw/{name}.fits")


def siap2(server, query):
    """The service that speaks SIAP 2: before DaCHS 2.8 it is another one than that for SIAP 1."""
    answer = server.get(f"/pictures/q/{'i2' if has_siap1(server) else 'i'}/siap2.xml?{query}")
    assert answer.status == 200 and b'name="QUERY_STATUS" value="OK"' in answer.body
    return votable.parse_single_table(io.BytesIO(answer.body)).to_table()


def has_siap1(server):
    return int(server.site.dachs.version.split(".")[1]) < 8


def test_siap_1_finds_images_by_position(server, images):
    if not has_siap1(server):
        pytest.skip("this DaCHS has SIAP 2 for the table itself")
    service = pyvo.dal.SIAService(server.url + "/pictures/q/i/siap.xml")
    found = service.search(pos=(13, -16), size=0.05)
    assert [(record.title, record.instr, record.format) for record in found] == [("Image of M33", "WFI", "image/fits")]
    assert found[0].pos.separation(SkyCoord(13, -16, unit="deg")).arcsec < 10
    assert fits.open(io.BytesIO(server.get(found[0].getdataurl().removeprefix(server.url)).body))[0].data[0, 0] == 1
    assert len(service.search(pos=(200, 70), size=0.05)) == 0


def test_siap_2_finds_images_by_position_wavelength_and_time(server, images):
    found = siap2(server, "POS=CIRCLE%2013%20-16%200.05&BAND=5.4e-7%205.5e-7")
    assert [(row["target_name"], row["obs_collection"]) for row in found] == [("M33", "Schmidt")]
    assert len(siap2(server, "POS=CIRCLE%2013%20-16%200.05&BAND=4.5e-7%204.6e-7")) == 0
    assert len(siap2(server, f"TIME={BEGIN.mjd + 2}%20{BEGIN.mjd + 2.5}")) == 1


def test_obscore_has_the_images_with_their_outlines_wavelengths_and_times(server, images):
    found = tap(server, "SELECT * FROM ivoa.obscore WHERE source_table='pictures.images' ORDER BY t_min")
    assert len(found) == IMAGES
    for number, row in enumerate(found):
        start, exposure = (BEGIN + number * units.day).mjd, 300 + number
        assert (row["t_min"], row["t_max"]) == pytest.approx((start, start + exposure / 86400), abs=1e-7)
        assert row["t_exptime"] == exposure
        assert (row["em_min"], row["em_max"]) == pytest.approx(BANDS[tuple(BANDS)[number % 3]])
        assert (row["s_xel1"], row["s_xel2"]) == (80, 60)
        assert row["s_fov"] == pytest.approx(0.2, rel=0.03)
        assert row["s_pixel_scale"] == pytest.approx(7.2)
        assert (row["instrument_name"], row["facility_name"], row["calib_level"]) == ("WFI", "1.2m Schmidt", 2)
        assert row["obs_publisher_did"] == f"ivo://org.example/~?pictures/data/field{number:03d}.fits"
    inside = tap(server, "SELECT target_name FROM ivoa.obscore WHERE 1=CONTAINS(POINT(13.05, -16.03), s_region)")
    assert list(inside["target_name"]) == ["M33"]


def test_datalink_leads_to_the_image_its_preview_and_its_original(server, images):
    found = pyvo.dal.TAPService(server.url + "/tap").search("SELECT * FROM pictures.images")
    all_links = list(found.iter_datalinks())
    assert len(all_links) == IMAGES
    links = semantics(all_links[0])
    assert set(links) == {"#this", "#preview", "#progenitor", "#proc"}
    preview = server.get(links["#preview"]["access_url"].removeprefix(server.url))
    assert preview.status == 200 and preview.body.startswith(b"\xff\xd8")
    original = server.get(links["#progenitor"]["access_url"].removeprefix(server.url))
    assert fits.getheader(io.BytesIO(original.body))["HISTORY"][0] == "raw"
    assert links["#progenitor"]["content_length"] == len(original.body)


def test_an_unknown_identifier_makes_a_row_that_says_so(server, images):
    missing = pyvo.dal.adhoc.DatalinkResults.from_result_url(
        server.url + "/pictures/q/dl/dlmeta?ID=ivo://org.example/~%3Fpictures/data/none.fits")
    assert "NotFoundFault" in missing[0]["error_message"]


def test_soda_cuts_images_by_circle_and_by_pixels(server, images):
    cutouts = "/pictures/q/dl/dlget?ID=ivo://org.example/~%3Fpictures/data/field001.fits&"
    cut = server.get(cutouts + "CIRCLE=13%20-16%200.01")
    data = fits.getdata(io.BytesIO(cut.body))
    assert cut.status == 200 and data[0, 0] == 1
    # The circle is 10 pixels wide, and DaCHS cuts out a polygon around it.
    assert 10 <= data.shape[0] <= 12 and 10 <= data.shape[1] <= 12
    assert server.get(cutouts + "CIRCLE=99%2016%200.01").status == 204
    pixels = server.get(cutouts + "PIXEL_1=3%207")
    assert fits.getdata(io.BytesIO(pixels.body)).shape == (60, 5)


def test_the_registry_learns_where_when_and_at_which_wavelengths_the_images_are(server, images):
    coverage = rows(server, "SELECT spatial::text, temporal, spectral FROM dc.rdmeta WHERE sourcerd='pictures/q'")
    spatial, temporal, spectral = coverage[0]
    assert spatial and temporal[0] >= BEGIN.mjd - 0.01 and temporal[1] <= BEGIN.mjd + IMAGES
    # In Joule, the energies of 720 and 391.5 nm.
    assert spectral == pytest.approx([2.759e-19, 5.074e-19], rel=1e-3)


@pytest.mark.full
def test_images_without_coordinates_in_their_headers_lie_where_the_operator_says(server):
    for number in range(2):
        hdu = fits.open(io.BytesIO(image(number)))[0]
        for card in ("CTYPE", "CRVAL", "CRPIX", "CDELT", "CUNIT"):
            del hdu.header[f"{card}1"], hdu.header[f"{card}2"]
        hdu.header["RA"], hdu.header["DEC"] = (50. + number, "[deg]"), (60., "[deg]")
        content = io.BytesIO()
        hdu.writeto(content)
        write(server, f"lost/data/field{number}.fits", content.getvalue())
    made(server, "lost", "siap", "--from", "data/*.fits", collection="Lost", scale="0.002")
    found = tap(server, "SELECT s_ra, s_dec, s_xel1 FROM ivoa.obscore WHERE 1=CONTAINS(POINT(51.1, 60.04), s_region)")
    assert [tuple(row) for row in found] == [(51, 60, 80)]
    server.dachs("drop", "lost/q")


# ---- catalogues

def catalogue():
    random = numpy.random.default_rng(5)
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(["id", "name", "ra", "dec", "pmRA", "Vmag", "nobs"])
    for number in range(STARS):
        writer.writerow([number + 1, f"S {number + 1}", f"{random.uniform(0, 360):.6f}", f"{random.uniform(-90, 90):.6f}",
                         f"{random.normal(0, 10):.3f}", "" if number % 50 == 3 else f"{random.normal(14, 2):.3f}",
                         "" if number % 60 == 7 else random.integers(1, 40)])
    return written.getvalue()


@pytest.fixture(scope="module")
def stars(server):
    write(server, "stars/data/stars.csv", catalogue().encode())
    made(server, "stars", "scs", "data/stars.csv")
    return list(csv.DictReader(io.StringIO(catalogue())))


def test_the_probe_has_asked_for_images_their_links_and_cones(server, images, stars):
    made = {(name, subject) for rd in ("pictures/q", "stars/q") for name, subject in probing.asked(
        probing.ask(server, "DP300", "DP410", "DP420", service=rd)) if subject.startswith(rd)}
    assert {name for name, subject in made} == {"datalink-rows", "sia-query", "cone-search"}


def test_a_cone_has_the_objects_that_lie_in_it(server, stars):
    service = pyvo.dal.SCSService(server.url + "/stars/q/cone/scs.xml")
    centre, radius = SkyCoord(100, 20, unit="deg"), 20 * units.deg
    places = SkyCoord([float(star["ra"]) for star in stars], [float(star["dec"]) for star in stars], unit="deg")
    within = {int(star["id"]) for star, distance in zip(stars, centre.separation(places)) if distance <= radius}
    found = service.search(pos=centre, radius=radius, verbosity=3)
    assert within == {int(record["id"]) for record in found} and within
    assert len(service.search(pos=centre, radius=1e-6 * units.deg)) == 0


def test_a_catalogue_keeps_its_values_and_what_is_missing_is_null(server, stars):
    found = tap(server, "SELECT * FROM stars.main ORDER BY id")
    assert len(found) == STARS
    for row, star in zip(found, stars):
        assert row["ra"] == float(star["ra"]) and row["name"] == star["name"]
        assert numpy.ma.is_masked(row["nobs"]) == (not star["nobs"])
    assert len(tap(server, "SELECT id FROM stars.main WHERE vmag IS NULL")) == sum(not star["Vmag"] for star in stars)
    assert 0 <= len(tap(server, "SELECT id FROM stars.main TABLESAMPLE(50)")) <= STARS


def test_a_catalogue_has_indexes_for_the_usual_queries(server, stars):
    made_indexes = " ".join(row[0] for row in rows(server, "SELECT indexdef FROM pg_indexes WHERE schemaname='stars'"))
    assert "spoint(radians(ra), radians" in made_indexes and "(vmag)" in made_indexes
    assert rows(server, "SELECT spatial::text FROM dc.rdmeta WHERE sourcerd='stars/q'")[0][0]


@pytest.mark.full
def test_a_table_of_any_kind_is_served_by_tap(server):
    # dachs limits breaks on tables with begins and ends, if it is asked for their times (2.7 to 2.13).
    write(server, "lines/data/lines.csv", b"wavelength,ion,strength,date_beg,date_end\n"
                                          b"393.366,Ca II,1.5,2015-03-01T12:00:00,2015-03-01T13:00:00\n"
                                          b"396.847,Ca II,,2015-03-02T12:00:00,2015-03-02T13:00:00\n"
                                          b"656.28,H I,3.25,2015-03-03T12:00:00,2015-03-03T13:00:00\n")
    made(server, "lines", "taptable", "data/lines.csv")
    found = tap(server, "SELECT ion, wavelength, strength FROM lines.main ORDER BY wavelength")
    assert list(found["ion"]) == ["Ca II", "Ca II", "H I"] and numpy.ma.is_masked(found["strength"][1])


# ---- links, and ObsCore by hand

def test_links_are_made_for_files_that_are_there_already(server):
    for number in range(3):
        write(server, f"links/data/field{number}.fits", image(number))
        write(server, f"links/raw/field{number}.txt", b"notes")
    made(server, "links", "datalink", "--from", "data/*.fits", progenitor="raw/{name}.txt")
    found = pyvo.dal.TAPService(server.url + "/tap").search("SELECT pub_did, ra, dec FROM links.files ORDER BY ra")
    assert (found[2]["ra"], found[2]["dec"]) == pytest.approx((16, -12), abs=0.002)
    links = semantics(next(found.iter_datalinks()))
    assert set(links) == {"#this", "#preview", "#progenitor", "#proc"}
    assert server.get(links["#progenitor"]["access_url"].removeprefix(server.url)).body == b"notes"
    cutout = next(next(found.iter_datalinks()).iter_procs()).processed(circle=(10 * units.deg, -20 * units.deg, 0.01 * units.deg))
    assert 10 <= len(fits.getdata(io.BytesIO(cutout.read()))) <= 12


def test_links_are_made_for_products_of_another_rd(server, images):
    given = [word for key, value in (ANSWERS | {"table": "pictures.images"}).items() for word in ("--set", f"{key}={value}")]
    done = dachsadmin(server, "start", "datalink", "--from", "data/*.fits", "-o", "more.rd", *given, cwd=resource(server, "pictures"))
    assert done.returncode == 0, done.stderr
    (server.site.inputs / "pictures" / "more.rd").chmod(0o644)
    links = pyvo.dal.adhoc.DatalinkResults.from_result_url(server.url + "/pictures/more/dl/dlmeta?ID=pictures/data/field002.fits")
    assert {"#this", "#preview", "#proc"} <= set(semantics(links))
    assert "0 of 3 bad" in server.dachs("test", "pictures/more")


@pytest.mark.full
def test_a_contribution_to_obscore_has_what_files_tell(server):
    for number in range(3):
        write(server, f"byhand/data/field{number}.fits", image(number))
    made(server, "byhand", "obscore", "--from", "data/*.fits", collection="It's by hand")
    found = tap(server, "SELECT * FROM ivoa.obscore WHERE obs_collection='It''s by hand' ORDER BY t_min")
    assert [row["target_name"] for row in found] == ["M31", "M33", "M31"]
    assert found[0]["t_max"] - found[0]["t_min"] == pytest.approx(300 / 86400, rel=1e-4)
    assert (found[1]["em_min"], found[1]["em_max"]) == pytest.approx(BANDS["V"])
    assert found[0]["s_fov"] == pytest.approx(0.2, rel=0.03)
    assert server.get(found[0]["access_url"].removeprefix(server.url)).status == 200
    server.dachs("drop", "byhand/q")


@pytest.mark.full
def test_a_contribution_to_obscore_can_be_a_list_of_urls(server):
    write(server, "remote/data/list.csv", b"obs_id,access_url,ra,dec,mjd_obs,exptime\n"
                                          b"uid A1,http://archive.example.org/1.fits?a=1&b=2,10.5,-5.5,57000.5,600\n"
                                          b"uid A2,http://archive.example.org/2.fits,20.5,5.5,57001.5,700\n")
    made(server, "remote", "obscore", "data/list.csv", collection="REMOTE", product_type="cube", time_start="float(@mjd_obs)",
         exposure="float(@exptime)", url="@access_url", identifier="@obs_id")
    found = tap(server, "SELECT * FROM ivoa.obscore WHERE obs_collection='REMOTE' ORDER BY t_min")
    assert [(row["dataproduct_type"], row["obs_id"], row["access_url"]) for row in found] == [
        ("cube", "uid A1", "http://archive.example.org/1.fits?a=1&b=2"), ("cube", "uid A2", "http://archive.example.org/2.fits")]
    assert (found[1]["t_min"], found[1]["t_max"]) == pytest.approx((57001.5, 57001.5 + 700 / 86400))
    server.dachs("drop", "remote/q")
