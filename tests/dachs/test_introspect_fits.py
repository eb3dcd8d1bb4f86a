"""What introspection says of FITS headers is what DaCHS's own grammar and rowmaker make of them."""

from __future__ import annotations

import gzip
from xml.sax.saxutils import escape, quoteattr

import fits_files
import psycopg
import pytest

from dachsadmin.start.introspect import names, survey
from dachsadmin.start.survey import ROLES, Survey

LONG = b"HIERARCH ESO TEL ALT = 33.2 / [deg] altitude".ljust(80) + b"HIERARCH ESO x'y<z> = 4 / odd".ljust(80)
STRANGE = {"SN-G": (12.5, "SNR"), "2MASS": 7, "UNTOLD": None, "EMPTY": "", "QUOTED": "it's <b> \\quit & %x%", "NUMBERS": ("12.5", "[mm]"),
           "BIG": 2**40, "TRUE": True, "DAY": "2020-02-29", "MIXED": "x", "SELECT": "reserved", "NAN": "nan"}
LACKING = {"SN-G": ..., "2MASS": ..., "MIXED": 3.5, "TRUE": ..., "BIG": None, "NUMBERS": 3.25, "Z": ..., "EXPTIME": ..., "DESIG": None}


def with_hierarch(content: bytes) -> bytes:
    """Two cards more, in the room behind END."""
    at = content.index(b"END".ljust(80))
    return content[:at] + LONG + content[at:at + 80] + content[at + 240:]


def put(site, resource: str, folder_name: str = "data", **contents: bytes) -> list[str]:
    folder = site.inputs / resource / folder_name
    folder.mkdir(parents=True)
    for each in (site.inputs / resource, folder):
        each.chmod(0o755)
    for name, content in contents.items():
        (folder / name.replace("_", ".")).write_bytes(content)
    return [str(folder)]


def rd_of(found: Survey, table: str = "main") -> str:
    """The plainest part of an RD that stores what a survey knows: all fields, and all roles in columns role_..."""
    columns, maps = [], []
    for field in found.fields:
        null = f"<values nullLiteral={quoteattr(field.null)}/>" if field.null and field.type in ("integer", "bigint", "smallint") else ""
        columns.append(f"<column name={quoteattr(field.name)} type={quoteattr(field.type)} unit={quoteattr(field.unit)} "
                       f"ucd={quoteattr(field.ucd)} description={quoteattr(field.description.replace(chr(92), '/'))}>{null}</column>")
        maps.append(f"<map key={quoteattr(field.name)}>{escape(field.value)}</map>" if field.value else
                    f"<map key={quoteattr(field.name)} source={quoteattr(field.source)}/>")
    for proposal in found.proposals:
        kind = "double precision" if ROLES[proposal.role][0] or proposal.role in ("snr", "redshift") else "text"
        columns.append(f'<column name="role_{proposal.role}" type="{kind}" description="x"/>')
        maps.append(f'<map key="role_{proposal.role}">{escape(proposal.expression)}</map>')
    attributes = " ".join(f"{name}={quoteattr(value)}" for name, value in found.reading.attributes)
    return f"""<table id="{table}" onDisk="True">{"".join(columns)}</table>
      <data id="import_{table}"><sources pattern={quoteattr(found.pattern)} recurse="{found.recurse}"/>
      <{found.reading.grammar} {attributes}>{f"<iterator><code>{escape(found.reading.code)}</code></iterator>" if found.reading.code else ""}
      </{found.reading.grammar}>
      <make table="{table}"><rowmaker>{"".join(maps)}</rowmaker></make></data>"""


def imported(site, resource: str, found: Survey) -> list[dict]:
    site.rd(f"{resource}/q", rd_of(found))
    done = site.run("imp", f"{resource}/q")
    assert done.returncode == 0, done.stdout + done.stderr
    with psycopg.connect(site.scratch.dsn, row_factory=psycopg.rows.dict_row) as connection:
        return connection.execute(f"SELECT * FROM {resource}.main ORDER BY filename").fetchall()


def test_fields_and_roles_are_what_dachs_imports(site):
    folder = put(site, "fitsfields", a_fits=with_hierarch(fits_files.lamost(0, **STRANGE)),
                 b_fits=with_hierarch(fits_files.lamost(1, **STRANGE)), c_fits=fits_files.lamost(2, **{**STRANGE, **LACKING}),
                 d_fits_gz=gzip.compress(fits_files.lamost(3)))
    found = survey(folder, resdir=str(site.inputs / "fitsfields"))
    first, second, lacking, packed = imported(site, "fitsfields", found)
    name = {field.source: field.name for field in found.fields}
    assert [first[name[source]] for source in ("SN-G", "2MASS", "HIERARCH ESO TEL ALT", "QUOTED", "NUMBERS", "BIG", "TRUE", "MIXED", "SELECT")] == [
        12.5, 7, pytest.approx(33.2), "it's <b> \\quit & %x%", 12.5, 2**40, 1, "x", "reserved"]
    assert first[name["HIERARCH ESO x'y<z>"]] == 4 and str(first[name["DAY"]]) == "2020-02-29"
    assert [lacking[name[source]] for source in ("SN-G", "2MASS", "HIERARCH ESO TEL ALT", "NUMBERS", "BIG", "TRUE", "MIXED", "DESIG")] == [
        None, None, None, 3.25, None, None, "3.5", None]
    assert first[name["MAG7"]] is None and first[name["SEEING"]] == pytest.approx(3.1)
    assert (first["role_ra"], first["role_dec"], first["role_target"], first["role_exposure"]) == (24.376852, 25.427147, "LAMOST J000000", 5400)
    assert (first["role_date_obs"], first["role_time_start"]) == (pytest.approx(58392.6805556), pytest.approx(58392.6493056))
    assert first["role_spectral_start"] == pytest.approx(3.69998e-07) and first["role_spectral_end"] == pytest.approx(3.74196e-07)
    assert (lacking["role_redshift"], lacking["role_exposure"], lacking["role_time_start"], lacking["role_title"]) == (None,) * 4
    assert (packed["role_ra"], packed[name["TRUE"]]) == (27.376852, None)
    assert first["role_identifier"] == "677503000"


POSITIONS = {
    "sexagesimal": ({"RA": "12:30:00.5", "DEC": "-00:30:01"}, 187.502083, -0.500278),
    "blanks": ({"RA": "12 30 00.5", "DEC": "-03 00 01"}, 187.502083, -3.000278),
    "letters": ({"RA": "12h30m00.5s", "DEC": "-03d00m01s"}, 187.502083, -3.000278),
    "hours": ({"RA": (12.5, "[h] x"), "DEC": (1.5, "[deg]")}, 187.5, 1.5),
    "negative": ({"RA": (-10.5, "[deg]"), "DEC": (1.5, "[deg]")}, 349.5, 1.5),
    "quoted": ({"RA": "12.5", "DEC": "-1.5"}, 12.5, -1.5),
}
TIMES = {
    "fraction": ({"DATE-OBS": "2020-01-01T12:00:00.5", "EXPTIME": 60.0}, 58849.500353),
    "minutes": ({"DATE-OBS": "2020-01-01T12:00:00", "EXPTIME": (2.0, "[min]")}, 58849.500694),
    "parted": ({"DATE-OBS": "2020-01-01", "UT": "12:00:00"}, 58849.5), "only_day": ({"DATE-OBS": "2020-01-01"}, 58849.0),
    "julian": ({"DATE-OBS": ..., "JD": 2458850.0, "EXPTIME": 86400.0}, 58850.0),
    "difference": ({"DATE-OBS": ("2020-01-01T12:00:00", "mid"), "DATE-BEG": "2020-01-01T11:00:00", "DATE-END": "2020-01-01T13:00:00",
                    "EXPTIME": ...}, 58849.5),
}


@pytest.mark.parametrize("cases, role", [(POSITIONS, "role_ra"), (TIMES, "role_date_obs")], ids=["positions", "times"])
def test_expressions_give_what_the_headers_mean(site, cases, role):
    parts = []
    for name, (cards, *_) in cases.items():
        base = {"DATE-BEG": ..., "EXPTIME": 5.0 if role == "role_ra" else ...}
        folder = put(site, "fitscases", name, a_fits=fits_files.lamost(0, **{**base, **cards}))
        parts.append(rd_of(survey(folder, resdir=str(site.inputs / "fitscases")), name))
    site.rd("fitscases/q", "".join(parts))
    done = site.run("imp", "fitscases/q")
    assert done.returncode == 0, done.stdout + done.stderr
    with psycopg.connect(site.scratch.dsn, row_factory=psycopg.rows.dict_row) as connection:
        for name, (_, *expected) in cases.items():
            row = connection.execute(f"SELECT * FROM fitscases.{name}").fetchone()
            assert row[role] == pytest.approx(expected[0], abs=1e-5), name
            if role == "role_ra":
                assert row["role_dec"] == pytest.approx(expected[1], abs=1e-5), name


@pytest.mark.full
def test_headers_that_need_the_slow_way_are_read(site):
    extension = fits_files.primary() + fits_files.image((50,), {
        "CRVAL1": 3800.0, "CDELT1": 2.0, "RA": (10.5, "[deg]"), "DEC": (1.5, "[deg]"), "FILENAME": "x", "OBJECT": "M31", "EXPTIME": 5.0,
        "TELESCOP": "T", **{f"KEY{number}": number for number in range(20)}}, extension=True)
    found = survey(put(site, "fitsext", a_fits=extension), resdir=str(site.inputs / "fitsext"))
    assert dict(found.reading.attributes) == {"qnd": "False", "hdu": "1"}
    (row,) = imported(site, "fitsext", found)
    assert (row["role_ra"], row["role_target"], row["role_spectral_start"]) == (10.5, "M31", pytest.approx(3.8e-7))

    both = fits_files.primary({"OBJECT": "M31", "DATE-OBS": "2020-01-01T00:00:00", "UNTOLD": None, **{f"KEY{number}": number for number in range(9)}}) + \
        fits_files.image((50,), {"CRVAL1": 3800.0, "CDELT1": 2.0, "FILENAME": "x"}, extension=True)
    found = survey(put(site, "fitsboth", a_fits=both, b_fits_gz=gzip.compress(both)), resdir=str(site.inputs / "fitsboth"))
    for row in imported(site, "fitsboth", found):
        assert (row["role_target"], row["role_date_obs"], row["role_spectral_start"]) == ("M31", 58849.0, pytest.approx(3.8e-7))

    found = survey(put(site, "fitsascii", a_fits=fits_files.lamost(0, AUTHOR="Andr\xe9")), resdir=str(site.inputs / "fitsascii"))
    (row,) = imported(site, "fitsascii", found)
    assert row["role_ra"] == 24.376852 and row["author"] == "Andr?"

    long = fits_files.lamost(0, **{f"K{index:06}": index for index in range(1500)})
    found = survey(put(site, "fitslong", a_fits=long), resdir=str(site.inputs / "fitslong"))
    (row,) = imported(site, "fitslong", found)
    assert row["k001499"] == 1499
