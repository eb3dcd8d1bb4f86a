"""Tables of all kinds become fields, proposals and a way to read them, whatever stands in them."""

from __future__ import annotations

import ast
import gzip
import re
import textwrap
from pathlib import Path
from types import SimpleNamespace

import pytest
from byte_by_byte import DESCRIPTION, ROWS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dachsadmin.errors import TargetError
from dachsadmin.model.adql import REGULAR, RESERVED_BY_DACHS
from dachsadmin.model.ucd import check
from dachsadmin.model.vounits import Kind, parse
from dachsadmin.start.introspect import column_roles, tables, ucds
from dachsadmin.start.introspect.column_roles import proposals
from dachsadmin.start.introspect.columns import Column, described, fields
from dachsadmin.start.introspect.names import RESERVED_BY_POSTGRESQL, all_proposed, literal, proposed, reference
from dachsadmin.start.introspect.samples import Unreadable
from dachsadmin.start.introspect.units import ReadUnit, read
from dachsadmin.start.survey import Reading

ANY_TEXT = st.text(st.characters(blacklist_categories=("Cs",)), max_size=40)
CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large,
                                                      HealthCheck.function_scoped_fixture])
"""A busy machine is no fault."""
SHORT = st.text(st.characters(blacklist_categories=("Cs",)), max_size=8)


def parse_float(text):
    """What DaCHS's function of that name does."""
    return float(text) if text and text.strip() else None


def compiled(expression):
    """A function that evaluates an expression of a rowmaker over a row, as DaCHS does it."""
    code = compile(re.sub(r"@([A-Za-z_][A-Za-z0-9_]*)", r'vars["\1"]', expression), "expression", "eval")
    names = {"float": float, "int": int, "chr": chr, "format": format, "abs": abs, "parseISODT": str, "parseFloat": parse_float,
             "parseInt": lambda text: int(text) if text and text.strip() else None, "parseDefaultDate": str,
             "parseBooleanLiteral": bool, "parseAngle": lambda text, form, sep=None: (text, form, sep),
             "re": re,
             "scale": lambda number, factor, offset=0: None if number is None else number * factor + offset}
    return lambda row: eval(code, {"__builtins__": names, "vars": row})


# ---- names

@pytest.mark.parametrize(("source", "name"), [
    ("RAJ2000", "raj2000"), ("DATE-OBS", "date_obs"), ("HIERARCH ESO TEL ALT", "eso_tel_alt"), ("_RAJ2000", "raj2000"),
    ("2MASS", "col_2mass"), ("B-V", "b_v"), ("[Fe/H]", "fe_h"), ("class", "obj_class"), ("ORDER", "order_no"),
    ("select", "select_col"), ("λ_eff", "lambda_eff"), ("größe", "grosse"), ("", "unnamed"), ("'; DROP TABLE x", "drop_table_x"),
    ("DE-", "de_sign"), ("e_Bmag", "e_bmag"), ("ctid", "ctid_col"), ("accref", "accref_col"),
])
def test_names_are_what_an_operator_would_write(source, name):
    assert proposed(source) == name


def test_names_that_would_be_the_same_are_numbered_in_order():
    assert all_proposed(["RA", "ra", "Ra-", "dec"], taken=("dec",)) == ("ra", "ra_2", "ra_3", "dec_2")


@settings(CALM, max_examples=40)
@given(st.lists(st.one_of(ANY_TEXT, st.sampled_from(sorted(RESERVED_BY_DACHS | RESERVED_BY_POSTGRESQL))), max_size=6))
def test_names_are_legal_unreserved_and_unique_whatever_the_sources(sources):
    names = all_proposed(sources)
    assert len(set(names)) == len(sources) == len(names)
    for name in names:
        assert REGULAR.match(name) and name == name.lower() and len(name) <= 63
        assert name.upper() not in RESERVED_BY_DACHS | RESERVED_BY_POSTGRESQL


@settings(CALM, max_examples=40)
@given(ANY_TEXT)
def test_a_reference_to_any_key_is_python_that_gives_it_and_nothing_else(key):
    written = reference(key)
    code = re.sub(r"@([A-Za-z_][A-Za-z0-9_]*)", r'vars["\1"]', written)  # as DaCHS does it
    assert not set(written.removeprefix("@")) & set("@\\<>&\"%\n\r\0")
    assert eval(code, {"__builtins__": {"chr": chr}, "vars": {key: 42}}) == 42
    assert eval(literal(key), {"__builtins__": {"chr": chr}}) == key
    calls = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    assert all(ast.unparse(call.func) == "chr" for call in calls)


# ---- units

@pytest.mark.parametrize(("written", "unit"), [
    ("degrees", "deg"), ("DEG", "deg"), ("km s-1", "km.s**-1"), ("KM/S", "km/s"), ("[cm/s2]", "log(cm/s**2)"),
    ("dex(cm/s**2)", "log(cm/s**2)"), ("0.1nm", "0.1nm"), ("10-7W/m2", "10**-7W/m**2"), ("mW/m2/nm", "mW/(m**2.nm)"),
    ("erg/cm2/s/A", "erg/(cm**2.s.Angstrom)"), ("10^-17 erg/s/cm²/Å", "10**-17erg/(s.cm**2.Angstrom)"), ("A", "Angstrom"),
    ("ANGSTROM", "Angstrom"), ("sq arcsec", "arcsec**2"), ("mas/year", "mas/yr"), ("μas", "uarcsec"), ("MJD", "d"),
    ("BJD - 2457000, days", "d"), ("ABmag", "mag"), ("DN/s", "adu/s"), ("counts/s", "count/s"), ("Sec.", "s"),
    ("solMass", "solMass"), ("Msun", "solMass"), ("Mjup", "1.898E27kg"), ("hourangle", "h"), ("kms-1", "km/s"),
])
def test_units_as_files_spell_them_become_vounits(written, unit):
    assert (read(written).unit, read(written).unknown) == (unit, "")


@pytest.mark.parametrize("written", ["", "---", "None", "unitless", "N/A", "1", "\n"])
def test_words_for_no_unit_are_none(written):
    assert read(written) == ReadUnit()


@pytest.mark.parametrize(("written", "note"), [
    ("%", "percent"), ("pct", "percent"), ("dex", "dex"), ("h:m:s", "hours:minutes:seconds"), ("[-]", "decimal logarithm"),
    ("d:m:s", "degrees:minutes:seconds"), ("YYYY-MM-DD", "YYYY-MM-DD"), ("BJD-2454833", "BJD-2454833"),
])
def test_what_vounits_cannot_say_is_kept_for_the_description(written, note):
    assert (read(written).note, read(written).unknown) == (note, "")


@pytest.mark.parametrize("written", ["furlong", "electron", "nanomaggies", "'jovian'", "ms-1", "$\\alpha$", "a.b/c.d"])
def test_what_nobody_can_tell_is_left_to_the_operator(written):
    assert read(written).unit == "" and read(written).unknown == written.strip("'")


@settings(CALM, max_examples=60)
@given(st.one_of(ANY_TEXT, st.text("AdegmsJyerg/.*^()[]-+0123456789 %°'\"", max_size=20)))
def test_a_unit_is_always_one_that_every_dachs_reads(written):
    found = read(written)
    assert not found.unit or (parse(found.unit).kind in (Kind.KNOWN, Kind.DEPRECATED) and parse(found.unit).readable_since == (0,))
    assert not (found.unit and found.unknown)
    assert all(mark.isprintable() for mark in found.unknown + found.note)


# ---- columns

def test_types_are_told_from_text():
    told = {column.source: fields([column])[0].type for column in [
        Column("small", ["1", "-2"]), Column("large", ["3000000000"]), Column("single", ["12.5", "1e3"]),
        Column("many_digits", ["12.3456789"]), Column("ra", ["12.5"], unit="deg"), Column("jd", ["2450000.5"]),
        Column("when", ["2015-01-01T12:00:00.5Z"]), Column("day", ["2015-01-01"]), Column("no_day", ["2015-02-31"]),
        Column("yes", ["T", "F"]), Column("yes_or_nothing", ["true", "false", ""]), Column("word", ["a", "1"]),
        Column("padded", ["0012", "0013"]), Column("fortran", ["1.5D+03"]), Column("comma", ["1,5", "2,75"]),
        Column("thousands", ["1,500", "2,750"]), Column("nothing", ["", ""])]}
    assert told == {
        "small": "integer", "large": "bigint", "single": "real", "many_digits": "double precision", "ra": "double precision",
        "jd": "double precision", "when": "timestamp", "day": "date", "no_day": "text", "yes": "smallint",
        "yes_or_nothing": "smallint", "word": "text", "padded": "text", "fortran": "real", "comma": "real",
        "thousands": "text", "nothing": "text"}


@pytest.mark.parametrize(("column", "value"), [
    (Column("x", ["1.5", ""]), "parseFloat(@x)"), (Column("x", ["1", "2"]), "parseInt(@x)"), (Column("x", ["a", "b"]), ""),
    (Column("x", ["1.5", "NaN", "N/A"]), "None if @x in (None, '', 'N/A', 'NaN') else float(@x)"),
    (Column("x", ["1", "null"]), "None if @x in (None, '', 'null') else int(@x)"),
    (Column("x y", ["1.5"], key="x_y"), "parseFloat(@x_y)"), (Column("x y", ["a"], key="x_y"), "@x_y"),
    (Column("x", [1.5], "real"), ""), (Column("x y", [1.5], "real", key="x_y"), "@x_y"),
    (Column("x", ["a", ""]), "None if @x in (None, '') else @x"),
    (Column("x", [1, 2, None], "integer", null="-9"), "None if @x in (None, -9) else int(@x)"),
    (Column("x", ["a", None], "text"), "@x or None"),
])
def test_rowmakers_are_told_what_to_do_about_missing_values(column, value):
    assert fields([column])[0].value == value


@pytest.mark.parametrize("kind", ["", "real"])
def test_a_number_far_from_all_others_stands_for_nothing(kind):
    numbers = [-99.9000015, 12.25, 13.5, 11.0, -99.9000015] if kind else ["-99.90", "12.25", "13.5", "11", "-99.90"]
    found, = described([Column("e_mag", numbers, kind)])
    assert (found.field.minimum, found.field.missing, found.sentinel) == (11.0, 2, "-99.9")
    value = compiled(found.field.value)
    assert [value({"e_mag": number}) for number in numbers] == [None, 12.25, 13.5, 11.0, None]


@pytest.mark.parametrize("numbers", [["-99.9", "12", "13"], ["-99", "-98", "-99", "3"], ["99.9", "50", "60", "99.9"]])
def test_numbers_that_may_be_right_are_kept(numbers):
    assert described([Column("x", numbers)])[0].sentinel == ""


def test_integers_always_have_a_literal_for_missing_values_that_does_not_occur():
    assert [field.null for field in fields([Column("a", ["1", "2"]), Column("b", ["-1", "2"]), Column("c", [-5], "smallint")])] == [
        "-1", "-2147483648", "-32768"]


def test_units_and_descriptions_are_what_the_file_says():
    unknown, commented, percent = fields([Column("f", ["1"], unit="furlong"), Column("EXP", [1.0], "real", description="[s] exposure"),
                                          Column("p", ["1"], unit="%", description="Error\nof\x07 p")])
    assert (unknown.unit, unknown.unknown_unit) == ("", "furlong")
    assert (commented.unit, commented.description) == ("s", "exposure")
    assert (percent.unit, percent.description) == ("", "Error of p (percent)")


@pytest.mark.parametrize(("column", "ucd"), [
    (Column("RAJ2000", ["1.5"], unit="deg"), "pos.eq.ra"), (Column("e_RAJ2000", ["1.5"], unit="mas"), "stat.error;pos.eq.ra"),
    (Column("B-V", ["0.5"], unit="mag"), "phot.color;em.opt.B;em.opt.V"), (Column("phot_g_mean_mag", ["1.5"], unit="mag"), "phot.mag;em.opt"),
    (Column("b", ["1.5"], unit="deg"), "pos.galactic.lat"), (Column("b", ["1.5"], unit="mag"), "phot.mag;em.opt.B"),
    (Column("ra", ["1.5"], unit="furlong"), ""), (Column("wobble", ["1.5"]), ""), (Column("x", ["1"], ucd="POS_EQ_RA"), "pos.eq.ra"),
    (Column("x", ["1"], ucd="no.such.word"), ""), (Column("E(B-V)", ["1.5"], unit="mag"), "phot.color.excess"),
    (Column("q", ["1.5"], unit="K", description="Effective temperature"), "phys.temperature.effective"),
    (Column("q", ["1.5"], unit="K", description="Error of effective temperature"), "stat.error;phys.temperature.effective"),
])
def test_ucds_are_proposed_where_name_and_unit_agree(column, ucd):
    assert fields([column])[0].ucd == ucd


def test_all_ucds_that_can_be_proposed_are_valid():
    assert [ucd for *_, ucd in (*ucds._NAMED, *ucds._DESCRIBED, *ucds._BY_UNIT) if check(ucd).problem] == []


@settings(CALM, max_examples=20)
@given(st.lists(st.tuples(SHORT, st.lists(st.one_of(st.none(), SHORT, st.sampled_from(["1", "-99.9", "nan", "<NA>"])), max_size=5),
                          SHORT, SHORT), max_size=2))
def test_whatever_a_table_holds_its_columns_can_be_read_as_fields_say(found):
    for each in described([Column(source, values, unit=unit, description=text) for source, values, unit, text in found]):
        field = each.field
        assert all(mark.isprintable() for mark in field.description + field.unknown_unit)
        assert not set(field.value) & set("<>&\\\n\"")
        assert len(field.examples) <= 5 and not (field.ucd and check(field.ucd).problem)
        value = compiled(field.value or each.text)
        for text in each.column.values:
            value({each.column.source: text})


# ---- roles

def roles(*columns):
    """What is proposed for each role: (expression, certain)."""
    return {each.role: (each.expression, each.certain) for each in proposals(described(columns))}


@pytest.mark.parametrize(("columns", "ra", "dec", "read_from", "position"), [
    ([Column("RAJ2000", ["10.5", "11"], unit="deg"), Column("DEJ2000", ["-1.5", "2"], unit="deg"), Column("_RA", ["1", "2"], unit="deg")],
     "parseFloat(@RAJ2000)", "parseFloat(@DEJ2000)", {"RAJ2000": "10.5", "DEJ2000": "-1.5"}, (10.5, -1.5)),
    ([Column("ra", [0.5], "double precision", "rad"), Column("dec", [0.25], "double precision", "rad")],
     "scale(@ra, 57.29577951308232)", "scale(@dec, 57.29577951308232)", {"ra": 1.0, "dec": 0.0}, (57.29577951308232, 0.0)),
    ([Column("RAh", ["1", "12"]), Column("RAm", ["30", "2"]), Column("RAs", ["0.5", "0"]), Column("DE-", ["-", "+"]), Column("DEd", ["0", "1"]),
      Column("DEm", ["30", "1"])],
     "scale((parseInt(@RAh) or 0) + (parseInt(@RAm) or 0) / 60 + (parseFloat(@RAs) or 0) / 3600, 15.0)",
     "scale((parseInt(@DEd) or 0) + (parseInt(@DEm) or 0) / 60, -1 if vars['DE-'] == '-' else 1)",
     {"RAh": "1", "RAm": "30", "RAs": "36", "DE-": "-", "DEd": "0", "DEm": "30"}, (22.65, -0.5)),
])
def test_positions_are_found_and_made_degrees(columns, ra, dec, read_from, position):
    found = roles(*columns)
    assert (found["ra"], found["dec"]) == ((ra, True), (dec, True))
    assert [pytest.approx(compiled(expression)(read_from)) for expression in (ra, dec)] == list(position)


def test_sexagesimal_positions_go_through_what_dachs_has_for_them():
    found = roles(Column("RA", ["10:00:00.5", "11:12:13", ""]), Column("DEC", ["-10:00:05", "+11:02:00", ""]))
    assert compiled(found["ra"][0])({"RA": "10:00:00.5"}) == ("10:00:00.5", "hms", ":")
    assert compiled(found["dec"][0])({"DEC": ""}) is None
    lettered = roles(Column("ra", ["10h00m00.5s"]), Column("dec", ["-10d00m05s"]))
    assert compiled(lettered["dec"][0])({"dec": "-10d00m05s"}) == ("-10 00 05 ", "dms", None)


@pytest.mark.parametrize(("least", "most", "ra"), [(0.1, 23.9, "scale(@ra, 15.0)"), (10.0, 14.0, "@ra"), (0.0, 18.0, "@ra"),
                                                    (-20.0, 20.0, "math.fmod(@ra + 360, 360)")])
def test_only_what_goes_from_0_to_24_is_taken_for_hours(least, most, ra):
    places = [least + (most - least) * place / 40 for place in range(41)]
    found = roles(Column("ra", places, "double precision"), Column("dec", places, "double precision", "deg"))
    assert found["ra"] == (ra, False)


@pytest.mark.parametrize("columns", [
    [Column("ra", ["400"]), Column("dec", ["1"])], [Column("RA", ["1.5"], unit="deg")],
    [Column("RAB1950", ["1.5"], unit="deg"), Column("DEB1950", ["1.5"], unit="deg")],
    [Column("range", ["1.5"]), Column("decay", ["1.5"])], [Column("e_RA", ["1.5"], unit="deg"), Column("e_DE", ["1.5"], unit="deg")],
    [Column("ra", ["1.5"], unit="furlong"), Column("dec", ["1.5"], unit="furlong")],
])
def test_what_is_no_position_in_icrs_is_none(columns):
    assert not {"ra", "dec"} & set(roles(*columns))


def test_positions_without_units_are_certain_only_if_their_values_tell():
    assert roles(Column("ra", ["100.5"]), Column("dec", ["-45"]))["ra"] == ("parseFloat(@ra)", True)
    assert roles(Column("ra", ["1.5"]), Column("dec", ["0.5"]))["ra"] == ("parseFloat(@ra)", False)


@pytest.mark.parametrize(("column", "time", "date_obs", "certain"), [
    (Column("HJD", ["2450000.5"]), "parseFloat(@HJD)", "scale(parseFloat(@HJD), 1.0, -2400000.5)", True),
    (Column("mjd", [58000.5], "double precision", "d"), "@mjd", "@mjd", True),
    (Column("TIME", [1325.2], "double precision", "BJD - 2457000, days"), "scale(@TIME, 1.0, 2457000.0)", "scale(@TIME, 1.0, 56999.5)", True),
    (Column("BTJD", [1325.2], "double precision", "d"), "scale(@BTJD, 1.0, 2457000.0)", "scale(@BTJD, 1.0, 56999.5)", True),
    (Column("time", [58000.5], "double precision", "d"), "@time", "@time", False),
    (Column("t", ["0.5"], unit="d"), "parseFloat(@t)", "parseFloat(@t)", False),
    (Column("date_obs", ["2015-01-01T00:00:00"]), "toMJD((None if @date_obs in (None, '') else parseISODT(@date_obs)))",
     "toMJD((None if @date_obs in (None, '') else parseISODT(@date_obs)))", True),
])
def test_times_are_made_julian_dates(column, time, date_obs, certain):
    found = roles(column)
    assert (found["time"], found["date_obs"]) == ((time, certain), (date_obs, certain))


def test_a_time_in_seconds_is_no_date():
    assert roles(Column("time", ["100"], unit="s")) == {}


def test_other_roles_come_from_names_units_and_ucds():
    found = roles(
        Column("Name", ["a", "b"]), Column("z", ["0.5", "0.25"]), Column("SpType", ["G", "F"]), Column("pmRA", ["1.5", "2"], unit="arcsec/yr"),
        Column("Plx", ["1.5", "2"], unit="mas"), Column("exptime", ["1.5", "2"], unit="min"), Column("Vmag", ["1.5", "2"], unit="mag"),
        Column("w_min", ["4000.5", "4001"], unit="Angstrom"), Column("filter", ["g", "r"]), Column("file", ["a/1.fits", "a/2.fits"]),
        Column("x", ["c", "d"], ucd="obs.observer"), Column("e_z", ["0.5", "0.25"]))
    assert found == {
        "target": ("@Name", True), "identifier": ("@Name", True), "redshift": ("parseFloat(@z)", True), "subclass": ("@SpType", True),
        "pm_ra": ("scale(parseFloat(@pmRA), 1000.0)", True), "parallax": ("parseFloat(@Plx)", True),
        "exposure": ("scale(parseFloat(@exptime), 60.0)", True), "magnitude": ("parseFloat(@Vmag)", True),
        "spectral_start": ("scale(parseFloat(@w_min), 1e-10)", True), "band": ("@filter", True), "product": ("@file", True),
        "observer": ("@x", True)}


def test_what_repeats_is_no_identifier_and_what_is_no_path_no_product():
    assert "identifier" not in roles(Column("id", ["1", "1"]))
    assert "product" not in roles(Column("file", ["seven", "eight"]))


def test_each_proposal_says_why():
    assert {each.reason for each in proposals(described([Column("RA", [1.5], "real", "deg"), Column("DE", [1.5], "real", "deg")]))} == {
        "RA from column RA, deg", "declination from column DE, deg"}


# ---- files

NUMBERS = [(30 + 1.5 * row, -0.5 * row, 12 + row / 7) for row in range(30)]


def written(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return str(path)


def told(sample):
    """What a sample says about columns: type, unit and key of each, by source."""
    return {each.field.source: (each.field.type, each.field.unit, each.column.key or each.field.source) for each in described(sample.columns)}


def test_a_plain_csv_file_is_read_as_it_is(tmp_path):
    path = written(tmp_path / "a.csv", "ra,dec,Vmag\n" + "".join(f"{ra},{dec},{mag:.3f}\n" for ra, dec, mag in NUMBERS))
    sample = tables.read(path)
    assert sample.reading == Reading("csvGrammar", (("enc", "utf-8"),)) and (sample.rows, sample.whole) == (30, True)
    assert told(sample) == {"ra": ("double precision", "", "ra"), "dec": ("double precision", "", "dec"), "Vmag": ("real", "mag", "Vmag")}


@pytest.mark.parametrize(("text", "attributes", "columns"), [
    ("# by hand\nra,B mag,B mag\n1.5,2.5,x\n", {"names": "ra, b_mag, b_mag_2", "topIgnoredLines": "2"}, ["ra", "B mag", "B mag_2"]),
    ("\ufeffRA (deg);x\r\n1,5;a\r\n10,25;b\r\n", {"enc": "utf-8-sig", "delimiter": ";", "names": "ra_deg, x", "topIgnoredLines": "1"},
     ["RA (deg)", "x"]),
    ("1,2.5\n2,3.5\n", {"names": "col_1, col_2"}, ["col_1", "col_2"]),
    ("#\n#VizieR\n\nRAJ2000\tB-V\ndeg\tmag\n-------\t---\n1.5\t0.5\n2.5\t0.75\n", {"delimiter": "\t", "names": "RAJ2000, b_v", "topIgnoredLines": "6"},
     ["RAJ2000", "B-V"]),
    ("ra\tdec\n10N\t5N\n1.5\t2\n", {"delimiter": "\t", "names": "ra, dec", "topIgnoredLines": "2"}, ["ra", "dec"]),
    ("| ra | name |\n|----|------|\n| 1 | a |\n| 2 | b |\n", {"delimiter": "|", "names": "skipped_1, ra, name, skipped_4", "topIgnoredLines": "2"},
     ["ra", "name"]),
    ("ra, dec\n1.5, 2\n", {"names": "ra, dec", "topIgnoredLines": "1"}, ["ra", "dec"]),
    ("ra,dec\n1.5,2\n# half\n2.5,3\n", {"preFilter": "sed -e /^#/d"}, ["ra", "dec"]),
    ('ra,"the\nname"\n1,"a\nb"\n2,c\n', {"names": "ra, the_name", "topIgnoredLines": "2"}, ["ra", "the\nname"]),
])
def test_separated_tables_of_all_kinds(tmp_path, text, attributes, columns):
    sample = tables.read(written(tmp_path / "t.txt", text))
    assert (sample.reading.grammar, dict(sample.reading.attributes)) == ("csvGrammar", {"enc": "utf-8"} | attributes)
    assert [column.source for column in sample.columns] == columns


def test_units_below_the_names_and_in_them_are_used(tmp_path):
    vizier = tables.read(written(tmp_path / "v.tsv", "RAJ2000\tpmRA\ndeg\tmas/yr\n---\t---\n1.5\t0.5\n2.5\t0.75\n"))
    assert [kind[1] for kind in told(vizier).values()] == ["deg", "mas/yr"]
    named = tables.read(written(tmp_path / "n.csv", "RA (deg),Teff [K],e_mag\n1.5,5000,0.5\n2.5,6000,0.75\n"))
    assert [each.field.name for each in described(named.columns)] == ["ra", "teff", "e_mag"]
    assert [kind[1] for kind in told(named).values()] == ["deg", "K", "mag"]


def test_ecsv_tells_types_units_and_descriptions(tmp_path):
    sample = tables.read(written(tmp_path / "e.ecsv", """# %ECSV 1.0
# ---
# datatype:
# - {name: ra, unit: deg, datatype: float64, description: Right ascension}
# - {name: name, datatype: string}
# - {name: n obs, datatype: int16}
# schema: astropy-2.0
ra name "n obs"
1.5 "007" 3
2.5 "a b" 4
"""))
    assert dict(sample.reading.attributes) == {"enc": "utf-8", "delimiter": " ", "strip": "True", "names": "ra, name, n_obs", "topIgnoredLines": "8"}
    assert [column.values for column in sample.columns] == [["1.5", "2.5"], ["007", "a b"], ["3", "4"]]
    assert [(each.field.type, each.field.description) for each in described(sample.columns)] == [
        ("double precision", "Right ascension"), ("text", ""), ("smallint", "")]


@pytest.mark.parametrize("header", ["# datatype:\n# - {name: a, datatype: !!python/object/apply:os.system [id]}", "# datatype: 7", "# {",
                                    "# datatype:\n# - {name: a, datatype: int64}\n# - {name: b, datatype: int64}"])
def test_an_ecsv_header_that_is_wrong_is_refused_and_not_executed(tmp_path, header):
    with pytest.raises(Unreadable, match="ECSV header"):
        tables.read(written(tmp_path / "e.ecsv", f"# %ECSV 1.0\n# ---\n{header}\na\n1\n"))


def test_words_between_blanks_are_split_by_regular_expression(tmp_path):
    for text in ("# ra dec Vmag\n", "ra dec Vmag\n"):
        sample = tables.read(written(tmp_path / "w.txt", text + "".join(f"  {ra}   {dec} {mag:.3f}\n" for ra, dec, mag in NUMBERS)))
        assert sample.reading == Reading("reGrammar", (("enc", "utf-8"), ("names", "ra, dec, Vmag"), ("topIgnoredLines", "1")))
        assert [column.source for column in sample.columns] == ["ra", "dec", "Vmag"] and sample.rows == 30


def test_a_catalogue_of_sextractor_tells_units_and_descriptions(tmp_path):
    text = "#   1 NUMBER   Running object number\n#   2 ALPHA_J2000   Right ascension of barycenter (J2000)    [deg]\n"
    sample = tables.read(written(tmp_path / "s.cat", text + "".join(f"  {row} {ra}\n" for row, (ra, *_) in enumerate(NUMBERS))))
    assert [(column.source, column.unit, column.description) for column in sample.columns] == [
        ("NUMBER", "", "Running object number"), ("ALPHA_J2000", "deg", "Right ascension of barycenter (J2000)")]


def test_columns_that_stand_in_line_are_found(tmp_path):
    text = "name        ra    dec   rem\n" + "".join(
        f"star {row:3d} {ra:7.3f} {dec:6.2f} {'' if row % 3 else 'xx y'}\n" for row, (ra, dec, _) in enumerate(NUMBERS))
    sample = tables.read(written(tmp_path / "k.txt", text))
    assert sample.reading == Reading("columnGrammar", (("enc", "utf-8"), ("topIgnoredLines", "1")),
                                     (("name", "1-8"), ("ra", "11-16"), ("dec", "18-23"), ("rem", "25-28")))
    assert sample.columns[0].values[10] == "star  10" and "compare" in sample.remarks[0]


def test_ipac_tables_and_ruled_ones_tell_where_columns_are(tmp_path):
    ipac = "\\a = 'b'\n|   ra   |  dec  | name |\n| double |double | char |\n|  deg   |  deg  |      |\n"
    sample = tables.read(written(tmp_path / "i.tbl", ipac + "".join(f" {ra:8.3f} {dec:7.2f} n {row:3d}\n" for row, (ra, dec, _) in enumerate(NUMBERS))))
    assert sample.reading.columns == (("ra", "1-9"), ("dec", "10-17"), ("name", "18-24"))
    assert told(sample)["ra"] == ("double precision", "deg", "ra")
    sample = tables.read(written(tmp_path / "r.txt", " ra      dec   name \n-------- ----- ------\n  30.000   0.0 n 1\n  31.500  -0.5\n"))
    assert sample.reading.columns == (("ra", "1-8"), ("dec", "10-14"), ("name", "16-21"))


@pytest.mark.parametrize("above", [True, False])
def test_tables_described_byte_by_byte(tmp_path, above):
    if not above:
        written(tmp_path / "ReadMe", DESCRIPTION)
    sample = tables.read(written(tmp_path / "table1.dat", (DESCRIPTION if above else "") + ROWS))
    assert sample.reading.grammar == "columnGrammar" and sample.reading.columns[3:5] == (("de_sign", "12-12"), ("DEd", "13-14"))
    assert dict(sample.reading.attributes).get("topIgnoredLines") == ("15" if above else None)
    columns = {each.field.source: each.field for each in described(sample.columns)}
    assert [(columns[name].type, columns[name].unit) for name in ("Name", "RAh", "Vmag", "logg")] == [
        ("text", ""), ("integer", "h"), ("real", "mag"), ("real", "log(cm/s**2)")]
    assert (columns["Vmag"].missing, columns["logg"].missing, columns["logg"].maximum) == (1, 1, 4.5)
    assert columns["logg"].description == "Surface gravity, which goes on" and columns["Vmag"].description == "Johnson V magnitude"
    found = roles(*sample.columns)
    first = dict(RAh="01", RAm="30", DEd="00", DEm="30", de_sign="-")
    assert compiled(found["ra"][0])(first) == 22.5 and compiled(found["dec"][0])(first) == -0.5


def test_astropy_reads_the_same_from_what_is_described_byte_by_byte(tmp_path):
    from astropy.io import ascii as astropy_ascii

    written(tmp_path / "ReadMe", DESCRIPTION)
    path = written(tmp_path / "table1.dat", ROWS)
    theirs = astropy_ascii.read(path, format="cds", readme=str(tmp_path / "ReadMe"))
    ours = tables.read(path)
    assert theirs.colnames == [column.source for column in ours.columns]
    assert [str(name) for name in theirs["Name"]] == list(ours.columns[0].values)
    assert [float(number) for number in theirs["Vmag"].filled(0)] == [value or 0 for value in described(ours.columns)[6].values]


def votable(rows, fields='<FIELD name="time" datatype="double" unit="d"/><FIELD name="G-mag" datatype="float" unit="mag" ucd="PHOT_MAG"/>'
            '<FIELD name="p" datatype="float" arraysize="2x2"/><FIELD name="v" datatype="float" arraysize="2"/>'):
    return ('<?xml version="1.0"?><VOTABLE version="1.3" xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE><TABLE>'
            f"{fields}<DATA><TABLEDATA>{rows}</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>")


def test_votables_are_read_under_the_names_that_dachs_gives(tmp_path):
    path = written(tmp_path / "a.vot", votable("<TR><TD>1.5</TD><TD>NaN</TD><TD>1 2 3 4</TD><TD>1 2</TD></TR>"
                                               "<TR><TD/><TD>12</TD><TD>1 2 3 4</TD><TD>1 2</TD></TR>"))
    sample = tables.read(path)
    assert sample.reading == Reading("voTableGrammar") and "float 2x2" in sample.remarks[0]
    assert [(each.field.source, each.field.value, each.field.type, each.field.missing) for each in described(sample.columns)] == [
        ("time", "@time_", "double precision", 1), ("G-mag", "@Gxmag", "real", 1), ("v", "", "real[2]", 0)]


def test_of_a_large_votable_in_binary_the_begin_is_enough(tmp_path):
    from astropy.io import votable as astropy_votable
    from astropy.table import Table

    table = astropy_votable.from_table(Table({"x": [float(row) for row in range(40_000)]}))
    table.to_xml(str(tmp_path / "b.vot"), tabledata_format="binary2")
    sample = tables.read(str(tmp_path / "b.vot"))
    assert (sample.rows, sample.whole, sample.columns[0].values[1999]) == (2000, False, 1999.0)


def test_of_a_large_votable_the_begin_is_enough(tmp_path):
    row = "<TR><TD>1.5</TD><TD>2</TD><TD>1 2 3 4</TD><TD>1 2</TD></TR>\n"
    sample = tables.read(written(tmp_path / "b.vot", votable(row * 8_000)))
    assert sample.rows == 2000 and not sample.whole


def test_a_votable_that_dachs_stumbles_over_is_named(tmp_path):
    from astropy.io import votable as astropy_votable
    from astropy.table import Table

    path = str(tmp_path / "b.vot")
    for rows, warned in ((3, False), (500, True)):
        astropy_votable.from_table(Table({"x": [1.5] * rows})).to_xml(path, tabledata_format="binary")
        assert any("BINARY2" in remark for remark in tables.read(path).remarks) is warned


def test_a_parquet_file_is_read_by_pyarrow_or_its_lack_is_told(tmp_path):
    path = tmp_path / "a.parquet"
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        path.write_bytes(b"PAR1")
        with pytest.raises(Unreadable, match="pip install pyarrow"):
            tables.read(str(path))
        return
    table = pyarrow.table({"ra": [1.5, float("nan")], "B mag": pyarrow.array([1.5, None], pyarrow.float32()), "id": [2**40, None],
                           "v": [[1.0], [2.0]], "deep": [{"a": 1}, None]})
    pyarrow.parquet.write_table(table, path)
    sample = tables.read(str(path))
    assert sample.reading.grammar == "embeddedGrammar" and any("'deep' is left out" in remark for remark in sample.remarks)
    assert {each.field.source: (each.field.type, each.field.missing) for each in described(sample.columns)} == {
        "ra": ("double precision", 1), "B mag": ("real", 1), "id": ("bigint", 1), "v": ("double precision[]", 0)}
    rows = {}
    exec(f"def rows(self):\n{textwrap.indent(sample.reading.code, '  ')}", rows)  # As DaCHS runs an iterator.
    first = next(rows["rows"](SimpleNamespace(sourceToken=str(path))))
    assert first["id"] == 2**40 and compiled(described(sample.columns)[0].field.value)(first) == 1.5


@pytest.mark.parametrize("text", [
    votable("")[:200], votable("<TR><TD>x</TD></TR>").replace("double", "doubtful"), "<VOTABLE>", "<html></html>",
    '<!DOCTYPE VOTABLE [<!ENTITY a "b">]>' + votable("<TR><TD>&a;</TD></TR>"), votable(""),
])
def test_a_votable_that_is_none_is_refused(tmp_path, text):
    with pytest.raises(Unreadable):
        tables.read(written(tmp_path / "a.vot", text))


@pytest.fixture
def fits_table(tmp_path):
    """A function that writes a FITS table with the given columns."""
    from astropy.io import fits

    def write(*columns, name="t.fits", **headers):
        hdu = fits.BinTableHDU.from_columns([fits.Column(**column) for column in columns])
        hdu.header.update(headers)
        fits.HDUList([fits.PrimaryHDU(), hdu]).writeto(tmp_path / name, overwrite=True)
        return str(tmp_path / name)
    return write


def test_fits_tables_tell_types_units_nulls_and_ucds(fits_table):
    path = fits_table(
        dict(name="RA", format="D", unit="deg", array=[1.5, 2.5, 3.5]), dict(name="FLAG", format="I", null=-5, array=[1, -5, 3]),
        dict(name="B mag", format="E", array=[1.5, float("nan"), 2.5]), dict(name="NAME", format="5A", array=["a", "", "b"]),
        dict(name="U", format="J", bzero=2**31, array=[1, 2, 3]), dict(name="OK", format="L", array=[True, False, True]),
        TUCD1="POS_EQ_RA_MAIN", TCOMM2="what \\is <it>")
    sample = tables.read(path)
    assert sample.reading == Reading("fitsTableGrammar", (("hdu", "1"), ("nanIsNULL", "True")))
    assert {each.field.source: (each.field.type, each.field.ucd, each.field.null, each.field.missing) for each in described(sample.columns)} == {
        "RA": ("double precision", "pos.eq.ra;meta.main", "", 0), "FLAG": ("smallint", "meta.code.qual", "-5", 1),
        "B mag": ("real", "phot.mag;em.opt.B", "", 1), "NAME": ("text", "meta.id", "", 1), "U": ("bigint", "", "-1", 0), "OK": ("smallint", "", "-1", 0)}
    assert described(sample.columns)[1].field.description == "what \\is <it>"


def test_arrays_in_fits_tables_are_kept_where_a_column_can_hold_them(fits_table):
    path = fits_table(dict(name="V", format="3E", array=[[1.0, 2, 3]] * 2), dict(name="M", format="4J", dim="(2,2)", array=[[[1, 2], [3, 4]]] * 2),
                      dict(name="X", format="E", array=[1.0, float("nan")]))
    sample = tables.read(path)
    assert sample.reading.attributes == (("hdu", "1"),), "with nanIsNULL, DaCHS fails over arrays"
    assert [(column.source, column.type) for column in sample.columns] == [("V", "real[3]"), ("X", "real")]
    assert compiled(described(sample.columns)[1].field.value)({"X": float("nan")}) is None


# ---- surveys

def test_files_that_differ_from_most_are_named_with_what_differs(tmp_path):
    good = [written(tmp_path / f"{number}.csv", "ra,dec\n1.5,2\n2.5,3\n") for number in range(3)]
    other = written(tmp_path / "other.csv", "ra,mag\n1.5,2\n")
    broken = written(tmp_path / "broken.csv.gz", "x")
    (tmp_path / "broken.csv.gz").write_bytes(gzip.compress(b"ra,dec\n1,2\n" * 1000)[:-20])
    survey, used = tables.survey([*good, other, broken, written(tmp_path / "e.csv", "ra,dec\n")])
    assert used == good and (survey.kind, survey.looked_at) == ("table", 6)
    assert {Path(each.path).name: each.reason for each in survey.refused} == {
        "other.csv": "its columns are not those of most others: it lacks dec and it has mag besides", "e.csv": "it has no rows",
        "broken.csv.gz": "its gzip compression is broken: Compressed file ended before the end-of-stream marker was reached"}


def test_files_in_different_encodings_are_read_in_one_that_suits_all(tmp_path):
    plain = [written(tmp_path / f"{number}.csv", "ra,name\n1.5,a\n") for number in range(3)]
    marked = written(tmp_path / "m.csv", "\ufeffra,name\n1.5,ä\n")
    assert dict(tables.survey([*plain, marked])[0].reading.attributes)["enc"] == "utf-8-sig"
    latin = written(tmp_path / "l.csv", "ra,name\n1.5,ä\n", "iso-8859-1")
    survey, used = tables.survey([*plain, latin])
    assert dict(survey.reading.attributes)["enc"] == "iso-8859-1" and len(used) == 4


@pytest.mark.parametrize(("begin", "reason"), [
    (b"BZh91AY", "packed with bzip2"), (b"\x89HDF\r\n", "a file of HDF5"), (b"ra,dec\n1,\0\n", "NUL bytes"), (b"", "no rows"),
    (b"Dear all,\nthis is no table, but some text.\n\nBest,\nme\n", "no table"), pytest.param(b"x" * 200_000, "longer than", id="long"), (b"SIMPLE  =" + b" " * 3000, "tables"),
    (b"PAR1garbage", "Parquet"), (b"<a>b</a>\n<c/>\n", "XML or HTML"), (b"1\n2\n3\n", "no table"),
])
def test_what_is_no_table_is_refused_with_its_reason(tmp_path, begin, reason):
    (tmp_path / "x").write_bytes(begin)
    with pytest.raises(TargetError, match=f"/x: .*{reason}"):
        tables.survey([str(tmp_path / "x")])


def test_a_position_and_an_identifier_are_marked_as_the_main_ones(tmp_path):
    survey, _ = tables.survey([written(tmp_path / "a.csv", "id,RAJ2000,DEJ2000,ra,other_id\na,10.5,1.5,1,x\nb,200.5,2.5,2,x\n")])
    assert [(each.name, each.ucd, each.unit) for each in survey.fields] == [
        ("id", "meta.id;meta.main", ""), ("raj2000", "pos.eq.ra;meta.main", "deg"), ("dej2000", "pos.eq.dec;meta.main", "deg"),
        ("ra", "pos.eq.ra", ""), ("other_id", "", "")]


def test_a_large_text_file_is_looked_at_in_three_places(tmp_path):
    path = written(tmp_path / "l.csv", "n,x\n" + "".join(f"{row},{row}.5\n" for row in range(100_000)))
    sample = tables.read(path)
    assert not sample.whole and 2500 < sample.rows <= 3000
    field = described(sample.columns)[0].field
    assert field.minimum == 0 and field.maximum > 95_000


SERIES = "mjd,mag,filter\n" + "".join(f"{58000 + 1.5 * row},{15 + row % 7 / 10},{'gr'[row % 2]}\n" for row in range(50))
MANY = "objid,hjd,vmag\n" + "".join(f"{1000 + row // 10},{2458000.5 + 1.5 * row},{15 + row % 7 / 10}\n" for row in range(100))
CATALOGUE = "name,ra,dec,mjd,vmag\n" + "".join(f"s{row},{100 + row},{row},{58000 + 1.5 * row},{15 + row % 7 / 10}\n" for row in range(50))


@pytest.mark.parametrize(("text", "kind", "target"), [
    (SERIES, "timeseries", None), (MANY, "timeseries", "str(parseInt(@objid))"), (CATALOGUE, "table", "@name"),
    ("ra,dec\n10.5,2\n", "table", None), (SERIES.replace("mjd", "x"), "table", None),
])
def test_time_series_are_told_from_catalogues(tmp_path, text, kind, target):
    survey, _ = tables.survey([written(tmp_path / "a.csv", text)])
    proposal = survey.proposal("target")
    assert (survey.kind, proposal.expression if proposal else None) == (kind, target)


@settings(CALM, max_examples=30)
@given(st.one_of(st.binary(max_size=300), st.text("ra,;\t|\n\"#0123456789. -=<>&\\éx", max_size=300).map(str.encode),
                 st.integers(0, 2000).map(lambda cut: votable("<TR><TD>1</TD></TR>").encode()[:cut]),
                 st.tuples(st.integers(0, len(DESCRIPTION)), st.binary(max_size=20)).map(lambda one: (DESCRIPTION + ROWS).encode()[:one[0]] + one[1])))
def test_no_file_makes_a_reader_fail_in_another_way_than_by_refusing_it(tmp_path, content):
    path = tmp_path / "x.txt"
    path.write_bytes(content)
    try:
        sample = tables.read(str(path))
    except Unreadable as fault:
        assert "\n" not in str(fault)
    else:
        assert sample.columns and all(len(column.values) in (0, sample.rows) for column in sample.columns)
        column_roles.proposals(described(sample.columns))


def test_the_bands_of_rows_tell_their_wavelengths(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("star,jd,mag,filter\n" + "".join(f"s{n // 4},{2455000.5 + n},12.{n},{'VI'[n % 2]}\n" for n in range(12)))
    told = {each.role: each for each in tables.survey([str(path)])[0].proposals}
    assert compiled(told["spectral_start"].expression)({"filter": "V"}) == pytest.approx(503e-9)
    assert compiled(told["spectral_end"].expression)({"filter": "I"}) == pytest.approx(875e-9)
