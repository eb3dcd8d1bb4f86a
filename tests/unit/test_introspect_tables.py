"""Tables of all kinds become fields, proposals and a way to read them, whatever stands in them."""

from __future__ import annotations

import ast
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dachsadmin.model.adql import REGULAR, RESERVED_BY_DACHS
from dachsadmin.model.ucd import check
from dachsadmin.model.vounits import Kind, parse
from dachsadmin.start.introspect import ucds
from dachsadmin.start.introspect.column_roles import proposals
from dachsadmin.start.introspect.columns import Column, described, fields
from dachsadmin.start.introspect.names import RESERVED_BY_POSTGRESQL, all_proposed, literal, proposed, reference
from dachsadmin.start.introspect.units import ReadUnit, read

ANY_TEXT = st.text(st.characters(blacklist_categories=("Cs",)), max_size=90)


def parse_float(text):
    """What DaCHS's function of that name does."""
    return float(text) if text and text.strip() else None


def compiled(expression):
    """A function that evaluates an expression of a rowmaker over a row, as DaCHS does it."""
    code = compile(re.sub(r"@([A-Za-z_][A-Za-z0-9_]*)", r'vars["\1"]', expression), "expression", "eval")
    names = {"float": float, "int": int, "chr": chr, "format": format, "abs": abs, "parseISODT": str, "parseFloat": parse_float,
             "parseInt": lambda text: int(text) if text and text.strip() else None, "parseDefaultDate": str,
             "parseBooleanLiteral": bool, "parseAngle": lambda text, form, sep=None: (text, form, sep),
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


@given(st.lists(st.one_of(ANY_TEXT, st.sampled_from(sorted(RESERVED_BY_DACHS | RESERVED_BY_POSTGRESQL))), max_size=12))
def test_names_are_legal_unreserved_and_unique_whatever_the_sources(sources):
    names = all_proposed(sources)
    assert len(set(names)) == len(sources) == len(names)
    for name in names:
        assert REGULAR.match(name) and name == name.lower() and len(name) <= 63
        assert name.upper() not in RESERVED_BY_DACHS | RESERVED_BY_POSTGRESQL


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
        "jd": "double precision", "when": "timestamp", "day": "date", "no_day": "text", "yes": "boolean",
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


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(ANY_TEXT, st.lists(st.one_of(st.none(), ANY_TEXT, st.sampled_from(["1", "-99.9", "nan", "<NA>"])),
                                             max_size=6), ANY_TEXT, ANY_TEXT), max_size=5))
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
    assert compiled(found["ra"][0])({"RA": "10:00:00.5"}) == ("10 00 00.5", "hms", None)
    assert compiled(found["dec"][0])({"DEC": ""}) is None
    lettered = roles(Column("ra", ["10h00m00.5s"]), Column("dec", ["-10d00m05s"]))
    assert compiled(lettered["dec"][0])({"dec": "-10d00m05s"}) == ("-10 00 05", "dms", None)


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
