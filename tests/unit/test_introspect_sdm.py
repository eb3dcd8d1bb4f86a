"""Spectra in VOTables tell what their parameters say."""

from __future__ import annotations

import gzip

import pytest

from dachsadmin.start.introspect import survey

FIELDS = """<FIELD name="spectral" datatype="double" unit="Angstrom" ucd="em.wl" utype="spec:Spectrum.Data.SpectralAxis.Value"/>
<FIELD name="flux" datatype="double" unit="erg/s/cm**2/Angstrom" ucd="phot.flux.density;em.wl" utype="spec:Spectrum.Data.FluxAxis.Value"/>
<FIELD name="flux_error" datatype="double" ucd="stat.error;phot.flux.density" utype="spec:Spectrum.Data.FluxAxis.Accuracy.StatError"/>"""


def spectrum(number: int = 0, fields: str = FIELDS, **params: str) -> str:
    params = {
        "ssa_targname": f'utype="spec:Spectrum.Target.Name" datatype="char" arraysize="*" value="HD {number}"',
        "ssa_location": f'utype="spec:Spectrum.Char.SpatialAxis.Coverage.Location.Value" datatype="double" arraysize="2" '
                        f'unit="deg" value="{10.5 + number} -41.25"',
        "ssa_dateObs": 'utype="ssa:Char.TimeAxis.Coverage.Location.Value" datatype="double" unit="d" value="57000.25"',
        "odd-name": 'datatype="int" value="7"'} | params
    rows = "".join(f"<TR><TD>{4000 + place}</TD><TD>{place}</TD><TD>1</TD></TR>" for place in range(20))
    written = "".join(f'<PARAM name="{name}" {text}><DESCRIPTION>About {name}.</DESCRIPTION></PARAM>' for name, text in params.items())
    return f"""<?xml version="1.0"?><VOTABLE version="1.3" xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE type="results"><TABLE>
{written}{fields}<DATA><TABLEDATA>{rows}</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"""


def test_spectra_in_votables_are_spectra_with_parameters(tmp_path):
    for number in range(3):
        (tmp_path / f"a{number}.vot").write_text(spectrum(number))
    found = survey(["."])
    assert (found.kind, found.total, found.pattern, found.reading.grammar) == ("spectrum", 3, "*.vot", "embeddedGrammar")
    described = found.spectrum
    assert (described.layout, described.spectral, described.flux, described.error, described.points) == (
        "votable", "spectral", "flux", "flux_error", 20)
    assert (described.spectral_unit, described.flux_unit, described.spectral_ucd) == ("Angstrom", "erg/(s.cm**2.Angstrom)", "em.wl")
    roles = {each.role: each.expression for each in found.proposals}
    assert roles["target"] == "@ssa_targname" and roles["ra"] == "float(@ssa_location.split()[0])" and "ssa_dateObs" in roles["date_obs"]
    assert (float(roles["spectral_start"]), float(roles["spectral_end"])) == (4.0e-7, 4.019e-7)
    assert found.named("odd-name").type == "integer" and found.named("odd-name").description == "About odd-name."


def test_what_the_code_of_the_grammar_yields_is_what_the_expressions_take(tmp_path):
    (tmp_path / "a.vot.gz").write_bytes(gzip.compress(spectrum().encode()))
    (tmp_path / "b.vot.gz").write_bytes(gzip.compress(spectrum(1).encode()))
    found = survey(["."])
    indented = found.reading.code.replace("\n", "\n  ")
    space: dict[str, object] = {}
    exec(f"def rows(self):\n  {indented}", space)
    row = next(space["rows"](type("Token", (), {"sourceToken": "a.vot.gz"})))
    assert row == {"ssa_targname": "HD 0", "ssa_location": "10.5 -41.25", "ssa_dateObs": "57000.25", "odd_name": "7"}
    assert found.named("odd-name").value == "parseInt(@odd_name)"


@pytest.mark.parametrize("content, reason", [
    ("", "it is empty"), ("<VOTABLE><RESOURCE>", "it holds no spectrum"), ("hello", "it holds no spectrum"),
    (spectrum(fields='<FIELD name="ra" ucd="pos.eq.ra" datatype="double"/>' + FIELDS), "it holds no spectrum"),
    (spectrum(fields=FIELDS.replace('"flux"', '"f2"')), "its columns (spectral, f2) are not those of most others"),
])
def test_others_are_named(tmp_path, content, reason):
    for name in ("a", "b"):
        (tmp_path / f"{name}.vot").write_text(spectrum())
    (tmp_path / "c.vot").write_text(content)
    (refused,) = survey(["."]).refused
    assert refused.path == "c.vot" and refused.reason.startswith(reason)


def test_a_catalogue_is_no_spectrum(tmp_path):
    (tmp_path / "a.vot").write_text(spectrum(fields='<FIELD name="ra" ucd="pos.eq.ra" unit="deg" datatype="double"/>' + FIELDS[:-1].partition(
        "<FIELD name=\"flux_error\"")[0]))
    assert survey(["."]).kind == "table"
