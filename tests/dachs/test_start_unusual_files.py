"""Services from files that DaCHS's own grammars cannot read: two headers, gzipped extensions, spectra in VOTables."""

from __future__ import annotations

import gzip

import fits_files
import pytest
from conftest import new_site
from serving import own_folder, serving
from starting import bring_to_life, findings, rows, start

ANSWERS = {"title": "Files that nobody made", "description": "Artificial files, for a test of start.", "creators": "Doe, J.; Roe, R.",
           "collection": "NOBODY"}
SPECTRAL = {"aperture": "0.001", "resolution": "1000", "flux_unit": "Jy"}
TAN = {"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRVAL2": 41.0, "CRPIX1": 30.0, "CRPIX2": 30.0, "CDELT1": -1e-4, "CDELT2": 1e-4}
POINTS = "".join(f"<TR><TD>{4000 + place}</TD><TD>{place}</TD></TR>" for place in range(20))
VOTABLE = """<VOTABLE version="1.3" xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE><TABLE>
<PARAM name="name" utype="spec:Spectrum.Target.Name" datatype="char" arraysize="*" value="HD {number}"/>
<PARAM name="place" utype="spec:Spectrum.Char.SpatialAxis.Coverage.Location.Value" datatype="double" arraysize="2" value="{number} -41.25"/>
<PARAM name="day" utype="spec:Spectrum.Char.TimeAxis.Coverage.Location.Value" datatype="double" unit="d" value="57000.25"/>
<PARAM name="length" utype="spec:Spectrum.Char.TimeAxis.Coverage.Bounds.Extent" datatype="double" unit="s" value="60"/>
<FIELD name="wave" datatype="double" unit="Angstrom" ucd="em.wl"/><FIELD name="flux" datatype="double" unit="Jy" ucd="phot.flux.density;em.wl"/>
<DATA><TABLEDATA>{points}</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"""


@pytest.fixture(scope="module")
def server(installation):
    with new_site(installation) as site, serving(site) as server:
        yield server


def put(server, resource: str, **contents: bytes) -> None:
    own_folder(server.site, resource)
    folder = server.site.inputs / resource / "data"
    folder.mkdir()
    for name, content in contents.items():
        (folder / name.replace("_", ".")).write_bytes(content)


@pytest.mark.full
def test_images_in_extensions_have_what_both_headers_say(server):
    images = {f"a{number}": fits_files.primary({
        "OBJECT": f"M{number}", "DATE-OBS": "2020-01-01T00:00:00", "EXPTIME": (30.0, "[s] exposure"), "TELESCOP": "T", "INSTRUME": "W",
        "FILTER": "V"}) + fits_files.image((60, 60), {**TAN, "CRVAL1": 10.0 + number}, extension=True) for number in range(3)}
    put(server, "extended", **{f"{name}_fits": content for name, content in images.items()})
    start(server, "extended", "siap", "--from", "data/*.fits", **ANSWERS, subjects="surveys")
    bring_to_life(server, "extended/q")
    assert findings(server, "extended/q") == []
    found = rows(server, "SELECT target_name, round(s_ra::numeric), t_exptime, t_min FROM ivoa.obscore WHERE obs_collection='NOBODY' ORDER BY 1")
    assert [row[:3] for row in found] == [("M0", 10, 30), ("M1", 11, 30), ("M2", 12, 30)]
    assert found[0][3] == pytest.approx(58849, abs=0.01)


@pytest.mark.full
def test_spectra_in_votables_are_served_as_their_parameters_say(server):
    put(server, "tabular", **{f"a{number}_vot": VOTABLE.format(number=number, points=POINTS).encode() for number in range(3)})
    start(server, "tabular", "ssap", "--from", "data/*.vot", **ANSWERS, **SPECTRAL)
    bring_to_life(server, "tabular/q")
    assert findings(server, "tabular/q") == []
    found = rows(server, "SELECT ssa_targname, ssa_specstart, ssa_specend, ssa_length, raj2000 FROM tabular.data ORDER BY 1")
    assert [(name, length, ra) for name, _, _, length, ra in found] == [("HD 0", 20, 0), ("HD 1", 20, 1), ("HD 2", 20, 2)]
    assert found[0][1:3] == pytest.approx((4.0e-7, 4.019e-7))


@pytest.mark.full
def test_keywords_in_extensions_of_gzipped_files_are_read_by_every_dachs(server):
    spectra = {f"a{number}": fits_files.primary() + fits_files.image((50,), {
        "CRVAL1": 3800.0 + number, "CDELT1": 2.0, "CTYPE1": "WAVE", "RA": (10.5, "[deg]"), "DEC": (1.5, "[deg]"), "OBJECT": f"M{number}",
        "EXPTIME": 5.0, "DATE-OBS": "2020-01-01T00:00:00", "BUNIT": "Jy", **{f"KEY{index}": index for index in range(20)}}, extension=True)
        for number in range(3)}
    put(server, "packed", **{f"{name}_fits_gz": gzip.compress(content) for name, content in spectra.items()})
    start(server, "packed", "ssap", "--from", "data/*.fits.gz", **ANSWERS, **SPECTRAL)
    bring_to_life(server, "packed/q")
    assert findings(server, "packed/q") == []
    found = rows(server, "SELECT ssa_targname, ssa_specstart FROM packed.data ORDER BY 1")
    assert [name for name, _ in found] == ["M0", "M1", "M2"] and found[2][1] == pytest.approx(3.802e-7)
