"""Units are judged as VOUnits 1.1 defines them, and what was meant is guessed only where it can be."""

from __future__ import annotations

import pytest

from dachsadmin.model.unit_symbols import KNOWN, split
from dachsadmin.model.vounits import Kind, parse


@pytest.mark.parametrize("text", [
    "m", "km/s", "mJy", "m.s**-2", "log(GHz)", "10**-15erg/(s.cm**2)", "25.4mm", "1.898E27kg", "m**(1/2)", "m**(2.5)",
    "(km/s)", "sqrt(m.s)", "Pa", "cd", "ha", "mag/arcsec**2", "kbyte", "dB", "KiB", "uarcsec", "1", "%", "log(10**6Hz)",
])
def test_valid_units_are_accepted(text):
    assert parse(text).kind in (Kind.KNOWN, Kind.DEPRECATED)


@pytest.mark.parametrize(("text", "column", "problem"), [
    ("ph cm-2 s-1", 3, "a blank"),
    ("W/m^2", 4, "'^' is out of place"),
    ("erg/s/cm2", 6, "a second '/'"),
    ("a/b.c", 4, "'.' after '/'"),
    ("cm-2", 3, "'-' is out of place"),
    ("m**2.5", 6, "'5' is out of place"),
    ("sqrt(m", 7, "')' is missing"),
    ("m**", 4, "no number after '**'"),
    ("m**02", 4, "a number must not begin with 0"),
    ("", 1, "something is missing at the end"),
    ("1/s", 2, "'/' is out of place"),
    ("µm", 1, "'µ' is out of place"),
])
def test_syntax_errors_name_their_place(text, column, problem):
    unit = parse(text)
    assert (unit.kind, unit.column, unit.problem) == (Kind.SYNTAX, column, problem)


@pytest.mark.parametrize(("text", "symbols"), [
    ("furlong/fortnight", ("furlong", "fortnight")), ("dex", ("dex",)), ("'jupiterMass'", ("'jupiterMass'",)),
    ("foo(m)", ("foo",)), ("degree", ("degree",)),
])
def test_unlisted_symbols_are_named(text, symbols):
    assert (parse(text).kind, parse(text).symbols) == (Kind.UNKNOWN, symbols)


@pytest.mark.parametrize(("word", "prefix", "base"), [
    ("Pa", "", "Pa"), ("mol", "", "mol"), ("mmol", "m", "mol"), ("dadu", "d", "adu"), ("dam", "da", "m"),
    ("Kibit", "Ki", "bit"), ("Kifurlong", "", "Kifurlong"), ("furlong", "f", "urlong"), ("au", "", "au"),
    ("min", "", "min"), ("Gyr", "G", "yr"),
])
def test_known_symbols_go_before_prefixes(word, prefix, base):
    assert (split(word).prefix, split(word).base) == (prefix, base)


def test_prefixes_that_only_dachs_refuses_make_a_unit_unreadable_for_it():
    assert parse("kpix").kind is Kind.PREFIX and parse("kpix").readable_since is None
    assert parse("mAngstrom").kind is Kind.PREFIX and parse("mAngstrom").readable_since == (0,)


def test_what_only_newer_dachs_reads_says_since_when():
    assert parse("%").readable_since == (2, 11)
    assert parse("m'furlong'").readable_since is None
    assert parse("m/s").readable_since == (0,)


def test_deprecated_units_are_told_apart():
    assert parse("Angstrom").kind is Kind.DEPRECATED
    assert parse("erg.s**-1").symbols == ("erg",)


@pytest.mark.parametrize(("text", "meant"), [
    ("degree", "deg"), ("erg sec-1 cm-2", "erg.s**-1.cm**-2"), ("ph cm-2 s-1", "ph.cm**-2.s**-1"),
    ("ph / (m2 TeV s)", "ph/(m**2.TeV.s)"), ("erg/s/cm^2/Angstrom", "erg/(s.cm**2.Angstrom)"), ("µm", "um"),
    ("1/s", "s**-1"), ("10-26 W m-2 Hz-1", "10**-26W.m**-2.Hz**-1"), ("log10(cm/s^2)", "log(cm/s**2)"),
    ("Msun/yr", "solMass/yr"), ("KeV", "keV"), ("cm²", "cm**2"), ("-", ""), ("cm^{-2}", "cm**-2"),
])
def test_what_can_only_be_meant_is_certain(text, meant):
    suggestion = parse(text).suggestion
    assert suggestion is not None and (suggestion.text, suggestion.certain) == (meant, True)


@pytest.mark.parametrize(("text", "meant"), [
    ("MJD", "d"), ("[deg]", "deg"), ("ms-1", "ms**-1"), ("erg/cm2/s/A", "erg/(cm**2.s.A)"), ("m**1/2", "m**(1/2)"),
    ("m/s.kg", "m.kg/s"), ("unknown", ""), ("mJansky", "mJy"),
])
def test_what_may_be_meant_is_not_certain(text, meant):
    suggestion = parse(text).suggestion
    assert suggestion is not None and (suggestion.text, suggestion.certain) == (meant, False)


@pytest.mark.parametrize("text", ["dex", "furlong", "yyyy-mm-dd", "days since 2000", "sq deg", "electron", "(km/s)^2",
                                  "a.b/c.d", "e-/s", "foo bar"])
def test_without_an_idea_nothing_is_suggested(text):
    assert parse(text).suggestion is None


def test_every_suggestion_is_a_good_unit():
    strange = [f"{number}{blank}{base}{power}{more}" for base in KNOWN for number in ("", "10^-3 ", "1e5 ")
               for blank in ("", " ") for power in ("", "2", "-1", "^2", "**-1", "^{-2}")
               for more in ("", " s-1", "/sec", "/cm2/s")]
    for text in strange:
        suggestion = parse(text).suggestion
        if suggestion is not None and suggestion.text:
            better = parse(suggestion.text)
            assert better.kind in (Kind.KNOWN, Kind.DEPRECATED) and better.readable_since is not None, text


def test_depth_of_parentheses_is_no_danger():
    assert parse("(" * 100_000 + "m" + ")" * 100_000).kind is Kind.SYNTAX
