"""Tables of all kinds become fields, proposals and a way to read them, whatever stands in them."""

from __future__ import annotations

import ast
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dachsadmin.model.adql import REGULAR, RESERVED_BY_DACHS
from dachsadmin.model.vounits import Kind, parse
from dachsadmin.start.introspect.names import RESERVED_BY_POSTGRESQL, all_proposed, literal, proposed, reference
from dachsadmin.start.introspect.units import ReadUnit, read

ANY_TEXT = st.text(st.characters(blacklist_categories=("Cs",)), max_size=90)


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
