"""Time series, EPN-TAP, and a table of another database: from the data by start to what the server answers."""

from __future__ import annotations

import io
import math
import os
import pwd
import urllib.parse

import pytest
from astropy.io import fits, votable
from conftest import new_site
from serving import serving
from starting import bring_to_life, findings, resource, rows
from starting import start as start_for

STARS, POINTS = 5, 40
TIMESERIES = {"title": "Stars that do not exist", "description": "Light curves, for a test of start.", "creators": "Doe, J.",
              "collection": "No Stars"}
EPNTAP = {"title": "Images that nobody took", "description": "Images and craters, for a test of start.",
          "creators": "Doe, J.", "processing_level": "3"}
ODBC = {"title": "Objects of another database", "description": "A copy, for a test of start.", "creators": "Doe, J.",
        "subjects": "surveys"}


@pytest.fixture(scope="module")
def server(installation):
    with new_site(installation) as site, serving(site) as server:
        yield server


def start(server, name, template, *arguments, **answers):
    """Make NAME/q.rd as the server's DaCHS understands it."""
    return start_for(server, name, template, *arguments, "--for-dachs", server.site.dachs.version, **answers)


def table(answer):
    assert answer.status == 200, answer.body
    return votable.parse_single_table(io.BytesIO(answer.body)).to_table()


def ask(server, query):
    """The rows that TAP answers with."""
    return table(server.get("/tap/sync?" + urllib.parse.urlencode({"LANG": "ADQL", "REQUEST": "doQuery", "QUERY": query})))


def followed(server, url):
    """What is there, behind redirects."""
    answer = server.get(url.removeprefix(server.url))
    while answer.status in (301, 302, 303, 307):
        answer = server.get(answer.headers["Location"].removeprefix(server.url))
    return answer


def write(server, path, content):
    """A file of the operator, which the server can read."""
    folder = resource(server, path.partition("/")[0])
    file = folder.parent / path
    file.parent.mkdir(exist_ok=True)
    file.parent.chmod(0o755)
    file.write_text(content)
    file.chmod(0o644)


def magnitude(star, number):
    return 14 + star / 10 + 0.3 * math.sin(number)


# -- time series

@pytest.fixture(scope="module")
def curves(server):
    """The service curves/q: a table with the points of many stars in two bands."""
    points = [f"V{star} Cyg <&>,{310 + star},{40 + star},{2459000.5 + number},"
              f"{-99 if number == 3 else magnitude(star, number):.4f},0.02,{band}\n"
              for star in range(STARS) for band in "VI" for number in range(POINTS)]
    write(server, "curves/data/points.csv", "star,ra,dec,jd,mag,e_mag,filter\n" + "".join(points))
    start(server, "curves", "timeseries", "data/points.csv", phot_error="e_mag", **TIMESERIES)
    bring_to_life(server, "curves/q")


def test_time_series_are_valid_and_their_own_tests_pass(server, curves):
    assert findings(server, "curves/q") == []
    assert "0 of 3 bad" in server.dachs("test", "-v", "curves/q")


def test_points_and_series_can_be_queried(server, curves):
    assert len(ask(server, "SELECT object FROM curves.points")) == STARS * 2 * POINTS
    series = ask(server, "SELECT ssa_targname, ssa_bandpass, ssa_length, t_min, t_max, mean, raj2000, ssa_specstart, accref"
                         " FROM curves.data")
    assert len(series) == STARS * 2
    for row in series:
        star = int(row["ssa_targname"][1])
        measured = [magnitude(star, number) for number in range(POINTS) if number != 3]
        assert (row["ssa_length"], row["raj2000"]) == (POINTS - 1, 310 + star)
        assert (row["t_min"], row["t_max"]) == (59000, 59000 + POINTS - 1)
        assert row["mean"] == pytest.approx(sum(measured) / len(measured), abs=1e-4)
        assert row["ssa_specstart"] == pytest.approx(503e-9 if row["ssa_bandpass"] == "V" else 721e-9)
    assert 0 <= len(ask(server, "SELECT accref FROM curves.data TABLESAMPLE(50)")) <= STARS * 2


def test_ssa_and_obscore_tell_that_they_are_time_series(server, curves):
    found = table(server.get("/curves/q/ssa/ssap.xml?REQUEST=queryData&POS=311,41&SIZE=0.01"))
    assert {(row["ssa_targname"], row["ssa_dstype"]) for row in found} == {("V1 Cyg <&>", "timeseries")}
    told = ask(server, "SELECT t_xel, t_min, em_min, access_url, o_ucd FROM ivoa.obscore WHERE dataproduct_type='timeseries'"
                       " AND target_name='V1 Cyg <&>'")
    assert {(row["t_xel"], row["t_min"], row["o_ucd"]) for row in told} == {(POINTS - 1, 59000, "phot.mag;em.opt")}
    assert followed(server, told[0]["access_url"]).headers["Content-Type"].startswith("application/x-votable+xml")


def test_datalink_leads_to_a_series_its_preview_and_cutouts_in_time(server, curves):
    did = ask(server, "SELECT TOP 1 ssa_pubDID AS did FROM curves.data WHERE ssa_bandpass='V'")[0]["did"]
    links = {link["semantics"]: link for link in table(server.get("/curves/q/sdl/dlmeta?ID=" + urllib.parse.quote(did)))}
    assert set(links) == {"#this", "#preview", "#proc"}
    preview = followed(server, links["#preview"]["access_url"])
    assert preview.status == 200 and preview.body.startswith(b"\x89PNG")
    at = "/curves/q/sdl/dlget?ID=" + urllib.parse.quote(did)
    cut = votable.parse(io.BytesIO(server.get(f"{at}&TIME=59001%2059010").body))
    points = cut.get_first_table()
    assert list(points.array["obs_time"]) == [59001, 59002, *range(59004, 59011)]
    assert list(points.array["phot"])[:2] == pytest.approx([magnitude(0, 1), magnitude(0, 2)], abs=1e-4)
    assert set(points.array["phot_error"]) == {0.02}
    [timesys] = [*cut.time_systems, *(system for resource in cut.resources for system in resource.time_systems)]
    assert (timesys.timescale, timesys.refposition, timesys.timeorigin) == ("UTC", "TOPOCENTER", 2400000.5)
    assert points.get_field_by_id("obs_time").ref == timesys.ID
    assert server.get(f"{at}&TIME=1%202").status in (204, 422)  # DaCHS 2.13 minds the limits that it has told


def test_time_series_have_coverage_and_indexes(server, curves):
    [coverage] = rows(server, "SELECT spatial, temporal, spectral FROM dc.rdmeta WHERE sourcerd='curves/q'")
    assert all(coverage)
    indexed = " ".join(row[0] for row in rows(server, "SELECT indexdef FROM pg_indexes WHERE schemaname='curves'"))
    for what in ("gist (ssa_location)", "(object, band)", "(ssa_pubdid)", "(t_min)"):
        assert what in indexed


@pytest.mark.full
def test_each_file_can_be_a_series_of_its_own(server):
    for name in ("ab-cas", "cd-cas"):
        write(server, f"files/data/{name}.txt", "jd flux\n" + "".join(f"{2459000.5 + n} {n / 7:.3f}\n" for n in range(20)))
    start(server, "files", "timeseries", "data", **TIMESERIES, ra="12.5", dec="60", band="TESS", phot="flux",
          phot_ucd="phot.flux", wavelength_min="6e-7", wavelength_max="1e-6", magnitude_system="none", previews="no")
    assert findings(server, "files/q") == []
    bring_to_life(server, "files/q")
    assert "0 of 3 bad" in server.dachs("test", "-v", "files/q")
    found = ask(server, "SELECT ssa_targname, accref FROM files.data ORDER BY ssa_targname")
    assert list(found["ssa_targname"]) == ["ab-cas", "cd-cas"]
    delivered = followed(server, found[0]["accref"]).body
    assert b'name="filterIdentifier"' in delivered and b'value="TESS"' in delivered


# -- EPN-TAP

@pytest.mark.full
def test_images_of_bodies_are_served_by_epn_tap(server):
    import numpy as np

    folder = resource(server, "mars") / "data"
    folder.mkdir()
    for number, body in enumerate(("Mars", "Phobos")):
        hdu = fits.PrimaryHDU(np.arange(1200, dtype="i2").reshape(30, 40))
        hdu.header.update({"OBJECT": body, "DATE-OBS": f"2020-10-1{number}T22:00:00", "EXPTIME": 30.0, "TELESCOP": "Z84",
                           "INSTRUME": "Camera", "FILTER": "R", "CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN",
                           "CRVAL1": 20.0 + number, "CRVAL2": 5.0, "CRPIX1": 20, "CRPIX2": 15, "CDELT1": -1e-4,
                           "CDELT2": 1e-4, "RADESYS": "ICRS"})
        hdu.writeto(folder / f"{body}.fits")
    start(server, "mars", "epntap", "data", target_class="planet", **EPNTAP)
    bring_to_life(server, "mars/q")
    assert findings(server, "mars/q") == []
    assert "0 of 1 bad" in server.dachs("test", "-v", "mars/q")
    [mars, phobos] = ask(server, "SELECT * FROM mars.epn_core ORDER BY granule_uid")
    assert (mars["granule_uid"], mars["target_name"], phobos["target_name"]) == ("Mars", "Mars", "Phobos")
    assert (mars["dataproduct_type"], mars["target_class"]) == ("im", "planet")
    assert mars["time_max"] - mars["time_min"] == pytest.approx(30 / 86400, abs=1e-6)
    assert mars["time_min"] == pytest.approx(2459133.4166667)
    assert mars["spectral_range_min"] == pytest.approx(299792458 / 720e-9)
    assert followed(server, mars["access_url"]).body == (folder / "Mars.fits").read_bytes()
    assert followed(server, mars["thumbnail_url"]).headers["Content-Type"] == "image/jpeg"


@pytest.mark.full
def test_a_catalogue_of_a_surface_is_served_by_epn_tap(server):
    write(server, "craters/data/craters.csv", "id,planet,lon,lat,diameter\nc1,Moon,10.5,-3,30.5\nc2,Moon,11.5,-4,\n")
    start(server, "craters", "epntap", "data/craters.csv", **EPNTAP, target_class="satellite", target_region="Surface",
          instrument_host="Archive", measurement_type="phys.size.diameter", frame="body", c1_min="float(@lon)",
          c1_max="float(@lon)", c2_min="float(@lat)", c2_max="float(@lat)", columns="diameter", sets="local")
    bring_to_life(server, "craters/q")
    assert findings(server, "craters/q") == []
    [crater] = ask(server, "SELECT * FROM craters.epn_core WHERE c1max>11")
    assert (crater["granule_uid"], crater["target_name"], crater["dataproduct_type"]) == ("c2", "Moon", "ci")
    assert (crater["c2min"], crater["spatial_frame_type"], crater["target_region"]) == (-4, "body", "Surface")


# -- ODBC

@pytest.fixture(scope="module")
def elsewhere(server):
    """A file with the connection string to another database, readable to the importing user only."""
    import psycopg

    pyodbc = pytest.importorskip("pyodbc", reason="python3-pyodbc is not installed")
    if "PostgreSQL Unicode" not in pyodbc.drivers():
        pytest.skip("there is no ODBC driver for PostgreSQL; run 'apt-get install odbc-postgresql'")
    scratch = server.site.scratch
    with psycopg.connect(scratch.dsn, autocommit=True) as connection:
        connection.execute("CREATE DATABASE elsewhere")
    with psycopg.connect(scratch.dsn.replace("dbname=postgres", "dbname=elsewhere"), autocommit=True) as connection:
        connection.execute(
            "CREATE SCHEMA cat; CREATE TABLE cat.objects AS SELECT i AS id, 'star \"' || i || '\" & ü' AS \"Name\", i * 0.1 AS ra,"
            " -30 + i * 0.2 AS dec, CASE WHEN i % 7 = 0 THEN NULL ELSE 10 + i / 50.0 END AS mag,"
            " timestamp '2020-01-01' + i * interval '1 hour' AS seen FROM generate_series(1, 300) i")
    file = scratch.base / "connection"
    file.write_text(f"DRIVER={{PostgreSQL Unicode}};SERVER={scratch.home};PORT=5432;DATABASE=elsewhere;UID=postgres\n")
    file.chmod(0o600)
    if server.site.settings.user is not None:
        account = pwd.getpwnam(server.site.settings.user)
        os.chown(file, account.pw_uid, account.pw_gid)
    yield file
    with psycopg.connect(scratch.dsn, autocommit=True) as connection:
        connection.execute("DROP DATABASE elsewhere WITH (FORCE)")


@pytest.mark.full
def test_a_table_of_another_database_is_copied_with_each_import(server, elsewhere):
    write(server, "copied/sample.csv", "id,Name,ra,dec,mag,seen\n" + "".join(
        f"{i},star {i},{i / 10},{i / 5 - 30},{10 + i / 50},2020-01-01T0{i}:00:00\n" for i in range(1, 9)))
    start(server, "copied", "odbc", "sample.csv", remote="cat.objects WHERE id > 100", connection=str(elsewhere),
          identifier="id", **ODBC)
    server.dachs("imp", "copied/q")
    server.dachs("limits", "copied/q")
    server.dachs("pub", "copied/q")
    assert findings(server, "copied/q") == []
    assert "0 of 1 bad" in server.dachs("test", "-v", "copied/q")
    found = ask(server, "SELECT * FROM copied.main ORDER BY id")
    assert len(found) == 200
    assert tuple(found[0][name] for name in ("id", "ra", "dec")) == pytest.approx((101, 10.1, -9.8))
    assert len(ask(server, "SELECT mag FROM copied.main WHERE mag IS NULL")) == 28


def test_a_connection_that_others_can_read_is_reported(server, elsewhere):
    write(server, "watched/sample.csv", "id,Name,ra,dec\n" + "".join(f"{i},star {i},{i / 10},{i / 5}\n" for i in range(1, 9)))
    start(server, "watched", "odbc", "sample.csv", remote="cat.objects", connection=str(elsewhere), identifier="id", **ODBC)
    assert findings(server, "watched/q") == []
    elsewhere.chmod(0o644)
    assert [each.partition(" ")[0] for each in findings(server, "watched/q")] == ["DA606"]
    elsewhere.chmod(0o600)
