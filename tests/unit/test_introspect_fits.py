"""What headers of FITS files tell, whatever stands in them."""

from __future__ import annotations

import ast
import bz2
import gzip
import os
import re
import warnings
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import fits_files
from dachsadmin.errors import TargetError
from dachsadmin.start.introspect import files, headers, images, keywords, spectra, survey
from dachsadmin.start.survey import ROLES, Survey

LAMOST = Path(__file__).parents[3] / "shared" / "data" / "lamost"


def write(folder: Path, **contents: bytes) -> None:
    """Write files: `a_fits=...` is a.fits, `sub__a_fits_gz=...` sub/a.fits.gz."""
    for name, content in contents.items():
        path = folder / re.sub(r"_(?=(fits|gz|csv|txt|fz)\b|(?:fits|csv)_)", ".", name.replace("__", "/"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def some_spectra(folder: Path, count: int = 12) -> None:
    for number in range(count):
        write(folder, **{f"spec-{number:03}_fits": fits_files.lamost(number)})


def of(content: bytes, folder: Path) -> headers.FitsFile:
    path = folder / "it.fits"
    path.write_bytes(content)
    return headers.read(str(path), all_hdus=True)


def expression(found: Survey, role: str) -> str:
    proposal = found.proposal(role)
    return "" if proposal is None else proposal.expression


# What DaCHS would execute


ALLOWED = {"vars", "isinstance", "int", "float", "str", "bool", "parseISODT", "dateTimeToMJD", "parseAngle", "scale", "re", "math", "chr"}


def is_harmless(code: str) -> bool:
    """Whether it is one expression that calls nothing but what introspection uses, and nothing in it is active in XML or an RD."""
    tree = ast.parse(re.sub(r"@([A-Za-z_]\w*)", r'vars["\1"]', code), mode="eval")
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    methods = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return names <= ALLOWED and methods <= {"get", "date", "total_seconds", "sub", "fmod"} and not set(code) & set("<&\\%\n")


def check(found: Survey) -> None:
    """What templates rely on."""
    assert len({field.name for field in found.fields}) == len(found.fields)
    for field in found.fields:
        assert re.fullmatch("[a-z_][a-z0-9_]*", field.name)
        assert field.description and field.description.isprintable()
        assert not field.value or is_harmless(field.value)
        assert field.null or not field.missing or field.type not in ("integer", "bigint", "smallint")
        assert all(not isinstance(value, str) or value.isprintable() for value in field.examples)
    for proposal in found.proposals:
        assert proposal.role in ROLES and is_harmless(proposal.expression) and proposal.reason.isprintable()
        for source in proposal.sources:
            found.named(source)
    assert len({proposal.role for proposal in found.proposals}) == len(found.proposals)


# Spectra like LAMOST's


def test_a_survey_of_lamost_like_spectra_tells_all_that_ssa_wants(tmp_path):
    some_spectra(tmp_path / "data")
    found = survey([], ["data/*.fits"])
    check(found)
    assert (found.kind, found.total, found.looked_at, found.pattern, found.variants) == ("spectrum", 12, 12, "data/*.fits", 1)
    assert found.reading.grammar == "fitsProdGrammar" and dict(found.reading.attributes) == {"qnd": "True"}
    spectrum = found.spectrum
    assert (spectrum.layout, spectrum.flux, spectrum.error, spectrum.error_is_inverse_variance, spectrum.mask, spectrum.points) == (
        "image", "0", "1", True, "3", 50)
    assert (spectrum.axis, spectrum.logarithmic, spectrum.spectral_unit, spectrum.air) == (
        ("COEFF0", "COEFF1", ""), True, "Angstrom", False)
    assert {role: expression(found, role) for role in (
        "ra", "dec", "target", "subclass", "redshift", "snr", "exposure", "telescope", "identifier", "date_obs", "spectral_end")} == {
        "ra": "@RA", "dec": "@DEC", "target": "@DESIG", "subclass": "@SUBCLASS", "redshift": "@Z", "snr": "@SNRG",
        "exposure": "@EXPTIME", "telescope": "@TELESCOP", "identifier": "str(@OBSID)", "date_obs": "dateTimeToMJD(parseISODT(@DATE_OBS))",
        "spectral_end": "10**(@COEFF0 + @COEFF1*(@NAXIS1 - 1))*1e-10"}
    assert found.proposal("ra").reason == "RA from header RA, deg, FK5"


def test_local_time_is_not_taken_for_utc(tmp_path):
    some_spectra(tmp_path)
    assert "DATE_BEG" not in expression(survey(["."]), "time_start")


def test_fields_have_type_unit_missing_value_and_extent(tmp_path):
    some_spectra(tmp_path)
    found = survey(["."])
    right_ascension, magnitude, telescope = found.named("RA"), found.named("MAG7"), found.named("TELESCOP")
    assert (right_ascension.type, right_ascension.unit, right_ascension.ucd) == ("double precision", "deg", "pos.eq.ra")
    assert right_ascension.description == "Right ascension of object" and not right_ascension.constant
    assert (right_ascension.minimum, right_ascension.maximum) == (24.376852, 35.376852)
    assert (magnitude.null, magnitude.missing) == ("99.0", 12) and "99.0" in magnitude.value
    assert telescope.constant and telescope.examples == ("LAMOST",)
    assert found.named("DATE-OBS").type == "timestamp" and found.named("OBSID").type == "integer"
    assert found.named("SEEING").null == ""


def test_a_sample_is_spread_over_all_files(tmp_path):
    some_spectra(tmp_path, 50)
    found = survey(["."], sample=5)
    assert (found.total, found.looked_at) == (50, 5)
    assert found.named("OBSID").minimum == 677503000 and found.named("OBSID").maximum == 677503049
    assert survey(["."], sample=5, whole=True).looked_at == 50


def test_progress_is_told(tmp_path):
    some_spectra(tmp_path)
    told = []
    survey(["."], progress=lambda *step: told.append(step))
    assert told[-1] == ("reading headers", 12, 12)


def test_a_keyword_that_some_files_lack_does_not_stop_the_import(tmp_path):
    some_spectra(tmp_path)
    write(tmp_path, odd_fits=fits_files.lamost(90, SNRG=..., OBSID=b"                    ", TELESCOP=None))
    found = survey(["."])
    check(found)
    assert (found.variants, found.named("SNRG").missing, found.named("OBSID").null) == (2, 1, "-9999")
    assert expression(found, "snr") == "(@SNRG if isinstance(vars.get('SNRG'), (int, float)) else None)"
    assert found.named("TELESCOP").value.endswith("if isinstance(vars.get('TELESCOP'), (str, int, float)) and @TELESCOP != '' else None")
    assert not found.named("TELESCOP").constant and "1 of the files looked at lack it" in found.proposal("snr").reason


def test_numbers_in_quotes_and_numbers_without_become_one_column(tmp_path):
    for number, value in enumerate(("516.3479298550", 277.9, 12)):
        write(tmp_path, **{f"a{number}_fits": fits_files.lamost(number, X_VALUE=(value, "[mm] X coordinate"))})
    field = survey(["."]).named("X_VALUE")
    assert (field.type, field.unit, field.minimum) == ("double precision", "mm", 12)
    assert field.value == "float(@X_VALUE) if isinstance(vars.get('X_VALUE'), (str, int, float)) and @X_VALUE != '' else None"


@pytest.mark.skipif(not LAMOST.is_dir(), reason=f"NOT TESTED ON REAL DATA: there is no {LAMOST}")
@pytest.mark.parametrize("name, layout, unit, points", [("spec-57287*", "image", "COEFF0", 3909), ("spec-58397*", "image", "COEFF0", 3909),
                                                        ("med-58625*", "table", "LOGLAM", 4156)])
def test_real_lamost_files_are_understood(name, layout, unit, points):
    found = survey([], [str(LAMOST / name)])
    check(found)
    assert (found.kind, found.spectrum.layout, found.spectrum.points) == ("spectrum", layout, points)
    assert unit in (found.spectrum.spectral, found.spectrum.axis[0]) and found.spectrum.logarithmic and not found.spectrum.air
    assert found.spectrum.error_is_inverse_variance
    assert [expression(found, role) for role in ("ra", "dec", "target")] == ["@RA", "@DEC", "@DESIG"]


@pytest.mark.skipif(not LAMOST.is_dir(), reason=f"NOT TESTED ON REAL DATA: there is no {LAMOST}")
def test_real_medium_resolution_has_its_range_from_the_data_and_names_its_other_spectra():
    found = survey([], [str(LAMOST / "med-*")])
    assert (float(expression(found, "spectral_start")), float(expression(found, "spectral_end"))) == (4.89812e-07, 5.38989e-07)
    assert any("COADD_B, COADD_R, B-84420148" in remark for remark in found.remarks)


@pytest.mark.skipif(not LAMOST.is_dir(), reason=f"NOT TESTED ON REAL DATA: there is no {LAMOST}")
def test_real_files_of_different_build_are_parted():
    found = survey([], [str(LAMOST / "*.fits*")])
    assert found.spectrum.layout == "image" and [Path(each.path).name[:3] for each in found.refused] == ["med"]


# Files that cannot be used


GOOD = fits_files.lamost()
PACKED = gzip.compress(GOOD)
BROKEN = {
    "empty_fits": (b"", "it is empty"),
    "garbage_fits": (b"\x89HDF\r\n" + bytes(300), "it is a file of HDF5, which DaCHS has no grammar for: convert it"),
    "short_fits": (GOOD[:1000], "it is cut off: its header has no END"),
    "cut_fits": (GOOD[:-2000], "it is cut off: its header promises"),
    "endless_fits": (GOOD[:80] + b"A".ljust(80) * 72000, "its header has no END within"),
    "packed_fits": (PACKED, "rename it to packed.fits.gz"),
    "bzip2_fits": (bz2.compress(GOOD), "bzip2, which DaCHS does not read"),
    "cut_fits_gz": (PACKED[:len(PACKED) // 2], "its gzip compression has no end"),
    "flipped_fits_gz": (PACKED[:200] + bytes([PACKED[200] ^ 255]) + PACKED[201:], "its gzip compression is broken"),
    "stub_fits_gz": (b"\x1f\x8b", "its gzip compression"),
    "text_fits_gz": (gzip.compress(b"hello"), "it is no FITS file"),
    "short_fits_gz": (gzip.compress(GOOD[:-2000]), "it is cut off: its header promises"),
    "nothing_fits": (fits_files.primary({"RA": 1.0}), "it has neither image nor table"),
    "huge_fits": (fits_files.header({"SIMPLE": True, "BITPIX": 8, "NAXIS": 1, "NAXIS1": 10**19}), "it is cut off"),
    "odd_fits": (fits_files.header({"SIMPLE": True, "BITPIX": "x", "NAXIS": -3, "NAXIS1": None}), "it has neither image nor table"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_named_with_its_fault_and_the_others_are_used(tmp_path, name):
    content, reason = BROKEN[name]
    some_spectra(tmp_path, 3)
    write(tmp_path, **{name: content})
    found = survey(["."])
    assert found.looked_at in (3, 4) and found.kind == "spectrum" and len(found.files) == 3
    assert [each.path for each in found.refused] == [re.sub("_(?=fits|gz)", ".", name)]
    assert reason in found.refused[0].reason


def test_what_is_no_file_is_named(tmp_path):
    some_spectra(tmp_path, 3)
    os.mkfifo("pipe.fits")
    os.symlink("nowhere", "link.fits")
    os.symlink("loop.fits", "loop.fits")
    (tmp_path / "new\nline.fits").write_bytes(GOOD)
    assert {each.path: each.reason.partition(";")[0] for each in survey(["."]).refused} == {
        "link.fits": "there is no such file", "pipe.fits": "it is no regular file",
        "loop.fits": "it cannot be read: Too many levels of symbolic links", "new\nline.fits": "its name has characters that are no text"}


def test_a_file_that_the_pattern_matches_but_nobody_can_use_is_remarked(tmp_path):
    some_spectra(tmp_path, 3)
    (tmp_path / "spec-bad.fits").write_bytes(b"no")
    assert any("1 of the files that the pattern matches cannot be used" in remark for remark in survey(["."]).remarks)


def test_files_of_another_kind_are_named(tmp_path):
    some_spectra(tmp_path, 3)
    write(tmp_path, image_fits=fits_files.image((60, 60), {"RA": 1.0}),
          table_fits=fits_files.primary() + fits_files.table({"WAVE": range(4000, 4020), "FLUX": range(20)}), notes_txt=b"x")
    found = survey(["image.fits", "table.fits", "notes.txt", *(f"spec-{number:03}.fits" for number in range(3))])
    assert {each.path: each.reason for each in found.refused} == {
        "image.fits": "it holds an image in HDU 0, most others a spectrum in an image in HDU 0",
        "table.fits": "it holds a spectrum in a table (WAVE, FLUX) in HDU 1, most others a spectrum in an image in HDU 0",
        "notes.txt": "it is no FITS file, unlike most others"}


def test_if_no_file_is_usable_that_is_an_error_with_reasons(tmp_path):
    write(tmp_path, a_fits=b"x", b_fits=GOOD[:90])
    with pytest.raises(TargetError, match="none of 2 files can be used: a.fits: it is no FITS file"):
        survey(["."])


def test_an_empty_glob_says_what_is_there(tmp_path):
    write(tmp_path, data__a_fits=GOOD, data__b_fits=GOOD)
    with pytest.raises(TargetError, match=r"data/\*.fit: no file matches it") as caught:
        survey([], ["data/*.fit"])
    assert caught.value.hint.startswith("in data there is a.fits, b.fits; name files")
    with pytest.raises(TargetError) as caught:
        survey(["nix/*.fits"])
    assert "there is no directory nix" in caught.value.hint


def test_a_directory_without_data_says_so(tmp_path):
    (tmp_path / "data").mkdir()
    with pytest.raises(TargetError, match="^data: no data files are in it$") as caught:
        survey(["data"])
    assert caught.value.hint == "name files, or quote a pattern: --from 'data/*.fits'"


def test_a_glob_without_files_beside_one_with_files_is_named(tmp_path):
    some_spectra(tmp_path, 2)
    found = survey([], ["*.fits", "*.fit"])
    assert [(each.path, each.reason) for each in found.refused] == [("*.fit", "no file matches it")]


# Patterns


@pytest.mark.parametrize("names, patterns, pattern", [
    (["data/a.fits", "data/b.fits"], [], ("data/*.fits", False)),
    (["data/spec-1.fits.gz", "data/spec-2.fits.gz"], [], ("data/spec-*.fits.gz", False)),
    (["spec-1.fits.gz", "spec-2.fits"], [], ("spec-*.fits*", False)),
    (["data/p1/a.fits", "data/p2/b.fits"], [], ("data/*/*.fits", False)),
    (["data/a.fits", "data/deep/er/b.fits"], [], ("data/*.fits", True)),
    (["data/a.fits"], [], ("data/a.fits", False)),
    (["data/a[1].fits"], [], ("data/a[[]1].fits", False)),
    (["da?a/x.fits", "da?a/y.fits"], [], ("da[?]a/*.fits", False)),
    (["data/a.fits", "data/b.fits"], ["data/[ab].fits"], ("data/[ab].fits", False)),
    (["data/a.fits", "data/x/b.fits"], ["data/**/*.fits"], ("data/*.fits", True)),
    (["data/a.fits", "data/x/b.fits"], ["./data/../data/**/*.fits"], ("data/*.fits", True)),
    (["a.fits", "b.dat"], [], ("*", False)),
    (["x.v1.fits", "x.v2.fits"], [], ("x.*.fits", False)),
])
def test_one_pattern_finds_the_files_again(tmp_path, names, patterns, pattern):
    found = files.pattern_for(names, patterns)
    assert (found.glob, found.recurse, found.remark) == (*pattern, "")


@settings(max_examples=25, deadline=None)
@given(names=st.lists(st.from_regex(r"[a-c.\-\[*?_]{1,6}(\.fits|\.fits\.gz)", fullmatch=True), min_size=1, max_size=5, unique=True),
       folders=st.lists(st.sampled_from(["", "d", "d/e", "d/f", "[x]"]), min_size=1, max_size=3, unique=True))
def test_a_pattern_matches_all_files_that_it_was_made_from(names, folders):
    import fnmatch

    paths = [os.path.join(folder, name) for folder in folders for name in names]
    found = files.pattern_for(paths)
    folder, name = os.path.split(found.glob)
    for path in paths:
        assert fnmatch.fnmatchcase(os.path.basename(path), name)
        assert found.recurse or fnmatch.fnmatchcase(os.path.dirname(path), folder)


def test_files_outside_the_resource_directory_are_remarked(tmp_path):
    write(tmp_path, elsewhere__a_fits=GOOD, elsewhere__b_fits=GOOD, res__q_txt=b"")
    found = survey(["elsewhere"], resdir="res")
    assert found.pattern == "../elsewhere/*.fits" and "ln -s" in found.remarks[-1]


def test_a_pattern_that_is_too_wide_becomes_a_narrower_one(tmp_path):
    some_spectra(tmp_path / "data", 3)
    write(tmp_path, data__readme_txt=b"Spectra.")
    found = survey([], ["data/*"])
    assert (found.pattern, found.remarks) == ("data/spec-*.fits", ())


def test_names_that_dachs_does_not_publish_are_remarked(tmp_path):
    (tmp_path / "J12+34.fits").write_bytes(GOOD)
    (tmp_path / "J12-34.fits").write_bytes(GOOD)
    assert any("rename 'J12+34.fits'" in remark for remark in survey(["."]).remarks)


def test_fits_is_known_by_its_content_too(tmp_path):
    write(tmp_path, odd_txt=GOOD)
    (tmp_path / "odd.gz").write_bytes(PACKED)
    found = survey(["odd.txt", "odd.gz"])
    assert (found.kind, found.looked_at, found.refused) == ("spectrum", 2, ())


def test_tables_are_left_to_who_reads_tables(tmp_path):
    write(tmp_path, a_fits=fits_files.primary() + fits_files.table({"RA": range(20), "DEC": range(20), "MAG": range(20)}), b_csv=b"x,y\n1,2\n")
    found = survey(["a.fits"])
    assert (found.kind, found.reading.grammar, found.pattern) == ("table", "fitsTableGrammar", "a.fits")
    found = survey(["b.csv"])
    assert (found.kind, found.reading.grammar, found.pattern) == ("table", "csvGrammar", "b.csv")
    write(tmp_path, c_csv=b"x,y\n1,2\n")
    assert [each.reason for each in survey(["a.fits", "b.csv", "c.csv"]).refused] == ["it is a FITS file, unlike most others"]


# Headers


CARDS = [
    b"X       =                    3 / a comment", b"X       = 'it''s ' / with / slashes", b"X       = 'x'/ y", b"X       =", b"X       = ",
    b"X       =                    T", b"X       = F / no", b"X       = +1.5D-3", b"X       = .5", b"X       = 007", b"X       = - 3",
    b"x       = 5", b"X= 5 / early", b"X       = 'open", b"X       = ''", b"X       = '   '", b"X       = (1.0, 2.0) / complex",
    b"X       = 12:34:56.7 / sexagesimal", b"HIERARCH ESO TEL ALT = 33.2 / [deg] altitude", b"HIERARCH ESO a b='x' / y", b"X Y     = 3",
    b"COMMENT = 'no'", b"HISTORY x = 3", b"        = 3", b"X       = 1E400", b"X       = nan", b"DP1     = 'AXIS.1: 2'", b"X       =3",
    b"CONTINUE  'lost'", b"END     = 3", b"X       = '''' / quote", b"X       = 'a' b / c", b"X       = '''", b"X       = 'it's' / x",
    b"X       = 'a'' / b'", b"X-Y_Z9  = 1.E5",
]


def as_dachs_sees_it(raw: bytes) -> dict[str, object]:
    """Keys and values as fitsProdGrammar 2.7 makes them of a card, with astropy."""
    from astropy.io import fits

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        seen = fits.Header.fromstring(raw.decode("ascii", "ignore")).cards[0]
        try:
            keyword, value = seen.keyword, seen.value
        except (ValueError, fits.VerifyError):
            return {}  # It makes something of them that is of no use.
    if keyword in ("", "COMMENT", "HISTORY", "CONTINUE", "END") or seen._invalid:
        return {}
    return {keyword: None if isinstance(value, fits.card.Undefined) else value}


@pytest.mark.parametrize("raw", CARDS, ids=lambda raw: raw.decode())
def test_cards_are_read_as_astropy_reads_them(raw):
    compare(raw)


def test_few_cards_are_left_aside():
    aside = [raw for raw in CARDS if not headers._card(raw.ljust(80))[0]]
    assert aside == [b"COMMENT = 'no'", b"HISTORY x = 3", b"        = 3", b"DP1     = 'AXIS.1: 2'",
                     b"X       =3", b"END     = 3"]


@settings(max_examples=150, deadline=None)
@given(keyword=st.sampled_from(["X       ", "HIERARCH A b ", "date-obs", "X", "RA_2 3"]), separator=st.sampled_from(["= ", "=", " ", "  = "]),
       value=st.one_of(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=50), st.floats().map(str), st.integers().map(str),
                       st.text(st.sampled_from("'/ x1.(),eT"), max_size=20)))
def test_any_card_is_read_as_astropy_reads_it(keyword, separator, value):
    compare((keyword + separator + value).encode("ascii")[:80])


def compare(raw: bytes) -> None:
    expected = as_dachs_sees_it(raw.ljust(80))
    keyword, value, _ = headers._card(raw.ljust(80))
    if keyword in ("", "CONTINUE"):
        return  # Left aside, and so never referred to.
    if not expected:
        assert value is None
        return
    assert list(expected) == [keyword]
    seen = expected[keyword]
    if isinstance(seen, complex):
        assert isinstance(value, str)
    else:
        assert value == seen and type(value) is type(seen), (value, seen)


def test_long_strings_are_put_together(tmp_path):
    content = fits_files.header({"SIMPLE": True, "BITPIX": 8, "NAXIS": 0, "LONG": "begin&"})
    at = content.index(b"END  ")
    content = content[:at] + b"CONTINUE  'and&' / what".ljust(80) + b"CONTINUE  'end'".ljust(80) + b"END".ljust(80) + content[at + 240:]
    assert of(content, tmp_path).hdus[0].value("LONG") == "beginandend"


def test_all_headers_of_a_file_are_found_gzipped_or_not(tmp_path):
    content = fits_files.primary({"A": 1}) + fits_files.image((100, 90), {"B": 2}, extension=True) + \
        fits_files.table({"WAVE": range(30), "FLUX": range(30)}, {"C": 3}) + b"\0" * 2880
    write(tmp_path, a_fits=content, a_fits_gz=gzip.compress(content))
    for name in ("a.fits", "a.fits.gz"):
        found = headers.read(name, all_hdus=True)
        assert [hdu.kind for hdu in found.hdus] == ["nothing", "image", "table"] and found.first_with_data == 1
        assert found.hdus[2].columns == ("WAVE", "FLUX") and found.hdus[2].value("C") == 3
        assert len(headers.read(name).hdus) == 2


def test_the_size_of_a_survey_does_not_grow_with_its_files():
    tally = keywords.Keywords()
    for number in range(3000):
        tally.add(headers.Hdu({"A": (number, ""), "B": (f"text {number}", ""), f"K{number % 4000}": (1, "")}, 1))
    assert tally.variants == 3000 and tally.files == 3000
    assert max(len(each.examples) for each in tally.tallies.values()) == 5
    assert len(tally.tallies) <= keywords.MOST_KEYWORDS


def test_headers_with_ever_new_keywords_are_described_as_far_as_that_goes(tmp_path, monkeypatch):
    monkeypatch.setattr(keywords, "MOST_KEYWORDS", 300)
    for number in range(5):
        cards = {f"K{number:02}{index:05}": (index, "") for index in range(70)}
        write(tmp_path, **{f"a{number}_fits": fits_files.image((50, 5), {"RA": 1.5, "DEC": 2.0, "CRVAL1": 4000.0, "CDELT1": 1.0,
                                                                        "CTYPE1": "WAVE", **cards})})
    found = survey(["."])
    check(found)
    assert found.variants == 5 and len(found.fields) <= 300
    assert any("more than 300 different keywords" in remark for remark in found.remarks)
    assert dict(found.reading.attributes)["qnd"] == "True"


def test_headers_longer_than_dachs_expects_are_announced_to_it(tmp_path):
    write(tmp_path, a_fits=fits_files.lamost(0, **{f"K{index:06}": index for index in range(1500)}))
    attributes = dict(survey(["."]).reading.attributes)
    assert int(attributes["maxHeaderBlocks"]) > 42


HOSTILE = ["<evil a='1'>&amp;]]>", "\\quit{x}", "%title%", "@vars", '"""', "__import__('os').system('x')", "'; DROP TABLE x; --", "\t\n\r\0\x1b[31m",
           "\u2028\x85", "$x", "{{ x }}", "{% raw %}"]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(cards=st.lists(st.tuples(
    st.one_of(st.from_regex(r"[A-Z0-9_-]{1,8}", fullmatch=True), st.sampled_from(["RA", "DEC", "DATE-OBS", "EXPTIME", "DESIG", "COEFF0", "Z"]),
              st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=20).map(lambda text: f"HIERARCH {text}")),
    st.one_of(st.sampled_from(HOSTILE), st.text(max_size=60), st.integers(), st.floats(), st.booleans(), st.none()),
    st.one_of(st.sampled_from(HOSTILE), st.text(max_size=40), st.sampled_from(["[deg] x", "[<a>] y", "(s)", "[]", "[\\x{y}]"]))), max_size=12))
@example(cards=[("HIERARCH A'] or __import__('os') or ['", 1, "")])
@example(cards=[("RA", "12:00:00'+x+'", ""), ("DEC", "<&>", "")])
def test_whatever_stands_in_headers_is_neither_executed_nor_markup(tmp_path_factory, cards):
    folder = tmp_path_factory.mktemp("hostile")
    content = fits_files.lamost(0)
    at = content.index(b"END  ")
    written = b"".join(fits_files.card(keyword, value if not isinstance(value, str) else value.encode("utf-8").decode("latin-1"),
                                       comment.encode("utf-8").decode("latin-1")) for keyword, value, comment in cards)
    data = content[-len(content) % 2880 or -2880:]
    (folder / "a.fits").write_bytes(fits_files.padded(content[:at] + written + b"END".ljust(80), b" ") + data)
    (folder / "b.fits").write_bytes(content)
    check(survey([str(folder)]))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(at=st.integers(0, 6000), cut=st.integers(0, 3000), put=st.binary(max_size=200), packed=st.booleans())
def test_garbage_in_a_file_is_a_fault_of_that_file(tmp_path_factory, at, cut, put, packed):
    folder = tmp_path_factory.mktemp("garbage")
    broken = GOOD[:at] + put + GOOD[at + cut:]
    (folder / ("a.fits.gz" if packed else "a.fits")).write_bytes(gzip.compress(broken, 1) if packed else broken)
    (folder / "b.fits").write_bytes(GOOD)
    found = survey([str(folder)])
    check(found)
    assert {*found.files, *(each.path for each in found.refused)} == {str(path) for path in folder.iterdir()}


STRUCTURE = ["BITPIX", "NAXIS", "NAXIS1", "NAXIS2", "NAXIS3", "PCOUNT", "GCOUNT", "GROUPS", "TFIELDS", "TTYPE1", "TTYPE2", "TFORM1", "TFORM2",
             "TUNIT1", "ZIMAGE", "ZNAXIS", "ZNAXIS1", "CTYPE1", "CTYPE2", "CUNIT1", "CRVAL1", "CRVAL2", "CRPIX1", "CRPIX2", "CDELT1", "CDELT2",
             "CD1_1", "CD2_2", "PC1_1", "COEFF0", "COEFF1", "DC-FLAG", "WAT1_001", "EXTEN0", "BANDID1", "BUNIT", "VACUUM"]
ODD = [0, 1, 2, 8, -32, 100, 2**31, 10**19, -5, 1e300, -1e-300, 0.5, True, False, None, "", "RA---TAN", "DEC--TAN", "FLUX", "WAVE", "loglam",
       "D", "100E", "PE(9999999999)", "9" * 60 + "E", "Angstrom", "eV", "a,b,c", "flux, ivar, wavelength", "units=nm"]


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(changes=st.dictionaries(st.sampled_from(STRUCTURE), st.sampled_from(ODD), max_size=12),
       begin=st.sampled_from([{"SIMPLE": True}, {"XTENSION": "BINTABLE"}, {"XTENSION": "IMAGE"}]))
def test_structure_that_makes_no_sense_is_a_fault_of_that_file(tmp_path_factory, changes, begin):
    folder = tmp_path_factory.mktemp("structure")
    hdu = {**begin, "BITPIX": -32, "NAXIS": 2, "NAXIS1": 50, "NAXIS2": 5, "PCOUNT": 0, "GCOUNT": 1, "TFIELDS": 2, "TTYPE1": "WAVE",
           "TTYPE2": "FLUX", "TFORM1": "E", "TFORM2": "E", "CRVAL1": 4000.0, "CDELT1": 1.0, "CTYPE1": "LINEAR", **changes}
    before = b"" if "SIMPLE" in begin else fits_files.primary({"OBJECT": "x"})
    (folder / "a.fits").write_bytes(before + fits_files.header(hdu) + bytes(2880))
    (folder / "b.fits").write_bytes(GOOD)
    (folder / "c.fits").write_bytes(GOOD)
    found = survey([str(folder)])
    check(found)
    assert {*found.files, *(each.path for each in found.refused)} == {str(path) for path in folder.iterdir()}


def test_headers_with_bytes_outside_ascii_are_not_read_the_quick_way_that_shifts_them(tmp_path):
    write(tmp_path, a_fits=fits_files.lamost(0, OBSERVER="Andr\xe9"), b_fits=fits_files.lamost(1))
    found = survey(["."])
    check(found)
    assert dict(found.reading.attributes) == {"qnd": "False", "hdu": "0"} and found.named("OBSERVER").examples == ("Andr?",)
    for name in ("a", "b"):
        (tmp_path / f"{name}.fits.gz").write_bytes(gzip.compress((tmp_path / f"{name}.fits").read_bytes()))
    assert survey([], ["*.gz"]).reading.grammar == "embeddedGrammar"


TAN = {"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRVAL1": 10.0, "CRVAL2": 41.0, "CRPIX1": 50.0, "CRPIX2": 50.0}
SAID = {f"KEY{number}": number for number in range(25)}


@pytest.mark.parametrize("first, second, gzipped, told", [
    ({}, SAID, False, ("fitsProdGrammar", {"qnd": "False", "hdu": "1"}, {"KEY1"})),
    ({}, SAID, True, ("embeddedGrammar", {"notify": "True"}, {"KEY1"})),
    ({"OBJECT": "M31", **SAID}, {"FILTER": "V"}, False, ("embeddedGrammar", {"notify": "True"}, {"KEY1", "FILTER"})),
])
def test_what_describes_an_image_in_an_extension_may_be_in_two_headers(tmp_path, first, second, gzipped, told):
    content = fits_files.primary(first) + fits_files.image((60, 60), {**TAN, "CDELT1": 1e-4, "CDELT2": 1e-4, **second}, extension=True)
    write(tmp_path, **{"a_fits_gz": gzip.compress(content)} if gzipped else {"a_fits": content})
    found = survey(["."])
    check(found)
    grammar, attributes, sources = told
    assert (found.reading.grammar, dict(found.reading.attributes)) == (grammar, attributes)
    assert sources <= {field.source for field in found.fields} and (found.image.extension, found.image.wcs) == (1, "full")
    if found.reading.code:
        assert isinstance(ast.parse(found.reading.code), ast.Module)


# Other spectra


def spectrum(content: bytes, folder: Path):
    return spectra.find(of(content, folder))


@pytest.mark.parametrize("shape, cards, told", [
    ((3000,), {"CRVAL1": 3800.0, "CDELT1": 0.5}, ("0", ("CRVAL1", "CDELT1", ""), False, "Angstrom", "em.wl", False)),
    ((3000,), {"CRVAL1": 380.0, "CDELT1": 0.05, "CRPIX1": 5.0}, ("0", ("CRVAL1", "CDELT1", "CRPIX1"), False, "nm", "em.wl", False)),
    ((3000,), {"CRVAL1": 1.0, "CD1_1": 1e-4, "CUNIT1": "micron", "CTYPE1": "AWAV"},
     ("0", ("CRVAL1", "CD1_1", ""), False, "um", "em.wl", True)),
    ((3000,), {"CRVAL1": 1.4e9, "CDELT1": 1e3, "CTYPE1": "FREQ", "CUNIT1": "Hz", "BUNIT": "Jy"},
     ("0", ("CRVAL1", "CDELT1", ""), False, "Hz", "em.freq", False)),
    ((3000, 1), {"CRVAL1": 3.6, "CD1_1": 1e-4, "DC-FLAG": 1, "WAT1_001": "wtype=linear label=Wavelength units=angstroms"},
     ("0", ("CRVAL1", "CD1_1", ""), True, "Angstrom", "em.wl", False)),
    ((3000, 3), {"ARRAY1": "flux", "ARRAY2": "sigma", "ARRAY3": "wavelength"}, ("0", ("", "", ""), False, "Angstrom", "em.wl", False)),
])
def test_spectra_in_images(tmp_path, shape, cards, told):
    found = spectrum(fits_files.image(shape, cards), tmp_path)
    assert (found.flux, found.axis, found.logarithmic, found.spectral_unit, found.spectral_ucd, found.air) == told
    assert found.points == 3000


@pytest.mark.parametrize("columns, units, told", [
    ("flux loglam ivar and_mask", {"flux": "1e-17 erg/cm^2/s/Ang"}, ("flux", "loglam", "ivar", True, "and_mask", True, "Angstrom", "em.wl")),
    ("WAVELENGTH FLUX ERROR QUALITY", {"WAVELENGTH": "nm"}, ("FLUX", "WAVELENGTH", "ERROR", False, "QUALITY", False, "nm", "em.wl")),
    ("WAVE FLUX ERR", {"WAVE": "micron"}, ("FLUX", "WAVE", "ERR", False, "", False, "um", "em.wl")),
    ("wave_nm spectrum sigma", {}, ("spectrum", "wave_nm", "sigma", False, "", False, "nm", "em.wl")),
    ("freq data", {"freq": "GHz"}, ("data", "freq", "", False, "", False, "GHz", "em.freq")),
    ("energy rate stat_err", {"energy": "keV"}, ("rate", "energy", "stat_err", False, "", False, "keV", "em.energy")),
])
def test_spectra_in_tables(tmp_path, columns, units, told):
    content = fits_files.primary() + fits_files.table({name: range(100, 150) for name in columns.split()}, units=units)
    found = spectrum(content, tmp_path)
    assert (found.flux, found.spectral, found.error, found.error_is_inverse_variance, found.mask, found.logarithmic, found.spectral_unit,
            found.spectral_ucd) == told
    assert (found.extension, found.points, found.layout) == (1, 50, "table")


@pytest.mark.parametrize("rows, form, points", [(1, "100D", 100), (1, "PE(90)", 90), (50, "E", 50), (50, "1E", 50), (1, "E", 0), (50, "100D", 0)])
def test_tables_have_a_point_per_row_or_all_in_one(rows, form, points):
    hdu = headers.Hdu({keyword: (value, "") for keyword, value in {
        "XTENSION": "BINTABLE", "NAXIS": 2, "NAXIS1": 8, "NAXIS2": rows, "TFIELDS": 2, "TTYPE1": "WAVE", "TFORM1": form, "TTYPE2": "FLUX",
        "TFORM2": form}.items()}, 1)
    found = spectra.find(headers.FitsFile("a.fits", (hdu,)))
    assert (found.points if found else 0) == points


@pytest.mark.parametrize("content", [
    fits_files.image((100, 100), {"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN"}),
    fits_files.image((100, 3), {"CTYPE1": "RA---TAN", "CRVAL1": 3.0, "CDELT1": 1.0}),
    fits_files.image((3000, 3), {}), fits_files.image((3, 3), {"CRVAL1": 1.0, "CDELT1": 1.0}),
    fits_files.primary() + fits_files.table({"RA": range(20), "DEC": range(20), "WAVE": range(20), "FLUX": range(20)}),
    fits_files.primary() + fits_files.table({"TIME": range(20), "FLUX": range(20)}),
], ids=["image", "narrow image", "no axis", "tiny", "catalogue of lines", "light curve"])
def test_what_is_no_spectrum_is_not_taken_for_one(tmp_path, content):
    assert spectrum(content, tmp_path) is None


@pytest.mark.parametrize("cards, start, end", [
    ({"CRVAL1": 3800.0, "CDELT1": 2.0}, "@CRVAL1*1e-10", "(@CRVAL1 + @CDELT1*(@NAXIS1 - 1))*1e-10"),
    ({"CRVAL1": 3800.0, "CDELT1": 2.0, "CTYPE1": "AWAV"}, "@CRVAL1*1.00028e-10", "(@CRVAL1 + @CDELT1*(@NAXIS1 - 1))*1.00028e-10"),
    ({"CRVAL1": 3800.0, "CDELT1": 2.0, "CRPIX1": 1.0}, "@CRVAL1*1e-10", "(@CRVAL1 + @CDELT1*(@NAXIS1 - 1))*1e-10"),
    ({"CRVAL1": 3800.0, "CDELT1": 2.0, "CRPIX1": 25}, "(@CRVAL1 + @CDELT1*(1 - @CRPIX1))*1e-10",
     "(@CRVAL1 + @CDELT1*(@NAXIS1 - @CRPIX1))*1e-10"),
    ({"CRVAL1": 9800.0, "CDELT1": -2.0}, "(@CRVAL1 + @CDELT1*(@NAXIS1 - 1))*1e-10", "@CRVAL1*1e-10"),
    ({"CRVAL1": 1.4, "CDELT1": 0.1, "CTYPE1": "FREQ", "CUNIT1": "GHz"}, "0.299792458/(@CRVAL1 + @CDELT1*(@NAXIS1 - 1))", "0.299792458/@CRVAL1"),
])
def test_the_spectral_range_is_in_metres_of_vacuum_wavelength(tmp_path, cards, start, end):
    write(tmp_path, a_fits=fits_files.image((50,), {"RA": 3.0, "DEC": 5.0, **cards}))
    found = survey(["."])
    check(found)
    assert (expression(found, "spectral_start"), expression(found, "spectral_end")) == (start, end)


def test_what_is_guessed_of_wavelengths_is_said(tmp_path):
    assert [remark.partition(";")[0] for remark in surveyed(tmp_path, RA=(120.5, "[deg]"), DEC=(1.0, "[deg]")).remarks] == [
        "no header tells the unit of wavelengths", "no header tells whether wavelengths are in air or in vacuum"]
    assert surveyed(tmp_path, RA=(120.5, "[deg]"), DEC=(1.0, "[deg]"), CTYPE1="AWAV", CUNIT1="Angstrom").remarks == ()


# Positions and times


def surveyed(folder: Path, **cards: object) -> Survey:
    kept = {"CRVAL1": 3800.0, "CDELT1": 0.5}
    write(folder, a_fits=fits_files.image((50,), {**kept, **{keyword.replace("__", "-"): value for keyword, value in cards.items()}}))
    found = survey(["."])
    check(found)
    return found


@pytest.mark.parametrize("cards, ra, dec, certain", [
    ({"RA": (120.5, "[deg] RA"), "DEC": (-3.0, "[deg] Dec")}, "@RA", "@DEC", True),
    ({"RA": 120.5, "DEC": -3.0}, "@RA", "@DEC", True),
    ({"RA": 12.5, "DEC": -3.0}, "@RA", "@DEC", False),
    ({"RA": (12.5, "[h] RA"), "DEC": (-3.0, "[deg]")}, "scale(@RA, 15.0)", "@DEC", True),
    ({"RA": (-12.5, "[deg]"), "DEC": (-3.0, "[deg]")}, "math.fmod(@RA + 360, 360)", "@DEC", True),
    ({"RA": "12:30:00.5", "DEC": "-03:00:01"}, "parseAngle(@RA, 'hms', ':')", "parseAngle(@DEC, 'dms', ':')", True),
    ({"RA": "12 30 00.5", "DEC": "-03 00 01"}, "parseAngle(@RA, 'hms')", "parseAngle(@DEC, 'dms')", True),
    ({"RA": "12h30m00.5s", "DEC": "-03d00m01s"}, "parseAngle(re.sub('[hdms]', ' ', @RA), 'hms')",
     "parseAngle(re.sub('[hdms]', ' ', @DEC), 'dms')", True),
    ({"RA": "150d30m", "DEC": "-03d00m01s"}, "parseAngle(re.sub('[hdms]', ' ', @RA), 'dms')",
     "parseAngle(re.sub('[hdms]', ' ', @DEC), 'dms')", True),
    ({"RA": "120.5", "DEC": "3.0"}, "float(@RA)", "float(@DEC)", False),
    ({"RA": 1.0, "DEC": 2.0, "PLUG_RA": (150.5, "[deg]"), "PLUG_DEC": (2.5, "[deg]")}, "@PLUG_RA", "@PLUG_DEC", True),
    ({"RA": (1.0, "[deg]"), "DEC": (2.0, "[deg]"), "EQUINOX": 1950.0}, "@RA", "@DEC", False),
])
def test_positions_are_in_degrees(tmp_path, cards, ra, dec, certain):
    found = surveyed(tmp_path, **cards)
    assert (expression(found, "ra"), expression(found, "dec")) == (ra, dec)
    assert found.proposal("ra").certain == certain


@pytest.mark.parametrize("cards", [{}, {"RA": "somewhere", "DEC": "there"}, {"RA": 500.0, "DEC": 100.0}, {"RA": 3.0}])
def test_without_a_usable_position_it_is_said_what_to_do(tmp_path, cards):
    found = surveyed(tmp_path, **cards)
    assert not found.proposal("ra") and any("--set ra=@KEYWORD" in remark for remark in found.remarks)


START = "dateTimeToMJD(parseISODT(@DATE_OBS))"


@pytest.mark.parametrize("cards, middle, start, certain", [
    ({"DATE__OBS": "2020-01-01T01:00:00", "EXPTIME": 60.0}, f"{START} + (@EXPTIME)/172800", START, True),
    ({"DATE__OBS": "2020-01-01T01:00:00.123", "EXPTIME": (1.0, "[min]")}, f"{START} + (scale(@EXPTIME, 60.0))/172800", START, True),
    ({"DATE__OBS": ("2020-01-01T01:00:00", "mid of exposure"), "EXPTIME": 60.0}, START, f"{START} - (@EXPTIME)/172800", True),
    ({"DATE__OBS": "2020-01-01T01:00:00"}, START, START, False),
    ({"DATE__OBS": "2020-01-01", "UT": "01:02:03"}, "dateTimeToMJD(parseISODT(@DATE_OBS + 'T' + @UT))", None, False),
    ({"DATE__OBS": "2020-01-01"}, START, START, False),
    ({"MJD__OBS": 55000.25, "EXPTIME": 60.0}, "@MJD_OBS + (@EXPTIME)/172800", "@MJD_OBS", True),
    ({"JD": 2455000.25, "EXPTIME": 60.0}, "@JD - 2400000.5 + (@EXPTIME)/172800", "@JD - 2400000.5", True),
    ({"DATE__AVG": "2020-01-01T01:00:00", "DATE__BEG": "2020-01-01T00:59:00"}, "dateTimeToMJD(parseISODT(@DATE_AVG))",
     "dateTimeToMJD(parseISODT(@DATE_BEG))", True),
    ({"DATE__OBS": "01/02/99"}, "", "", True), ({"DATE__OBS": "2020-02-31T01:00:00"}, "", "", True), ({"MJD__OBS": 3.0}, "", "", True),
])
def test_times_are_mjd_of_the_middle(tmp_path, cards, middle, start, certain):
    found = surveyed(tmp_path, **cards)
    assert (expression(found, "date_obs"), expression(found, "time_start")) == (middle, middle if start is None else start)
    assert found.proposal("date_obs") is None or found.proposal("date_obs").certain == certain


def test_keywords_that_python_has_no_name_for_are_looked_up(tmp_path):
    content = fits_files.image((50,), {"CRVAL1": 3800.0, "CDELT1": 0.5, "2MASS-ID": 3, "A.B": 4})
    at = content.index(b"END  ")
    content = content[:at] + b"HIERARCH ESO TEL ALT = 33.2 / [deg] altitude".ljust(80) + content[at:at + 80] + content[at + 160:]
    write(tmp_path, a_fits=content)
    found = survey(["."])
    check(found)
    assert {source: found.named(source).name for source in ("HIERARCH ESO TEL ALT", "2MASS-ID")} == {
        "HIERARCH ESO TEL ALT": "eso_tel_alt", "2MASS-ID": "col_2mass_id"}
    assert found.named("HIERARCH ESO TEL ALT").value == "vars['ESO TEL ALT']"
    assert found.named("2MASS-ID").value == "vars['2MASS_ID']" and found.named("2MASS-ID").type == "integer"


# Images


@pytest.mark.parametrize("cards, scale, reason", [
    ({**TAN, "CD1_1": -1e-4, "CD1_2": 0.0, "CD2_1": 0.0, "CD2_2": 1e-4}, 1e-4, ""),
    ({**TAN, "CDELT1": -2e-4, "CDELT2": 2e-4}, 2e-4, ""),
    ({**TAN, "CDELT1": 2e-4, "CDELT2": 2e-4, "PC1_1": 0.0, "PC1_2": 1.0, "PC2_1": -1.0, "PC2_2": 0.0}, 2e-4, ""),
    ({}, None, "CTYPE1 is missing"), (TAN, None, "neither CD1_1"),
    ({**TAN, "CD1_1": 0.0, "CD2_2": 1e-4}, None, "neither CD1_1"),
    ({**TAN, "CTYPE1": "LINEAR", "CDELT1": 1.0, "CDELT2": 1.0}, None, "no longitude and latitude"),
    ({**TAN, "CRVAL2": 141.0, "CDELT1": 1.0, "CDELT2": 1.0}, None, "latitude"),
    ({**TAN, "CRVAL1": "x", "CDELT1": 1.0, "CDELT2": 1.0}, None, "CRVAL1 is missing or no number"),
])
def test_images_have_a_place_on_the_sky_or_the_reason_why_not(tmp_path, cards, scale, reason):
    found = images.find(of(fits_files.image((100, 90), cards), tmp_path))
    assert (found.wcs, found.scale if scale is None else pytest.approx(found.scale)) == ("full" if scale else "none", scale)
    assert reason in found.reason and ("solve-field" in found.reason) == (not scale)


def test_a_survey_of_images(tmp_path):
    for number in range(4):
        write(tmp_path, **{f"im{number}_fits": fits_files.image((100, 90), {
            **TAN, "CDELT1": 1e-4, "CDELT2": 1e-4, "FILTER": ("V", ""), "INSTRUME": ("WFI", ""), "DATE-OBS": "2020-01-01T00:00:00",
            "EXPTIME": (30.0, "s"), "OBJECT": f"M{number}"})})
    write(tmp_path, plain_fits=fits_files.image((100, 90), {"FILTER": "R"}))
    found = survey(["."])
    check(found)
    assert (found.kind, found.image.wcs, found.image.extension, found.image.axes) == ("image", "full", 0, 2)
    assert expression(found, "instrument").startswith("(@INSTRUME if") and expression(found, "band") == "@FILTER"
    assert any("1 of 5 images have no usable coordinates: CTYPE1 is missing" in remark for remark in found.remarks)
    assert not any("--set ra" in remark for remark in found.remarks)
