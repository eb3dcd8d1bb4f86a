"""Units as files spell them (FITS, CDS, ECSV, VOTable, free text), read as VOUnits that every DaCHS understands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from dachsadmin.model.vounits import Kind, parse

LONGEST = 80
"""Characters of a unit that are looked at; what is longer is prose."""


@dataclass(frozen=True)
class ReadUnit:
    """What a file says for a unit: a VOUnit, or `unknown` (the file's words) if nobody can tell.

    `note` keeps for the description what VOUnits cannot say: `percent`, `AB`, `BJD - 2457000`.
    """

    unit: str = ""
    unknown: str = ""
    note: str = ""


_NO_UNIT = frozenset({
    "", "-", "--", "---", "----", "none", "unitless", "dimensionless", "n/a", "null", "no unit", "nounit", "no units", "1",
    "adimensional", "?", ".", "nan", "number", "flag", "code", "index", "ratio", "bool", "boolean", "string", "text", "char",
})
_SPOKEN = {
    "%": ReadUnit(note="percent"), "percent": ReadUnit(note="percent"), "pct": ReadUnit(note="percent"),
    "ppm": ReadUnit(note="parts per million"), "ppt": ReadUnit(note="parts per thousand"), "dex": ReadUnit(note="dex"),
    "sun": ReadUnit(note="relative to the Sun"), "iso": ReadUnit(note="ISO 8601"), "date": ReadUnit(note="date"),
    "a": ReadUnit("Angstrom"), "aa": ReadUnit("Angstrom"), "angstrom": ReadUnit("Angstrom"), "y": ReadUnit("yr"),
    "jyr": ReadUnit("yr"), "hourangle": ReadUnit("h"), "as": ReadUnit("arcsec"), "sqdeg": ReadUnit("deg**2"),
    "sq deg": ReadUnit("deg**2"), "sq arcsec": ReadUnit("arcsec**2"), "sq arcmin": ReadUnit("arcmin**2"),
    "kms-1": ReadUnit("km/s"), "ms-1": ReadUnit(unknown="ms-1"), "s": ReadUnit("s"), "d": ReadUnit("d"), "h": ReadUnit("h"),
    # IAU 2015, resolution B3; the first is VOUnits' own example.
    "mjup": ReadUnit("1.898E27kg", note="Jupiter masses"), "jupitermass": ReadUnit("1.898E27kg", note="Jupiter masses"),
    "mgeo": ReadUnit("5.972E24kg", note="Earth masses"), "earthmass": ReadUnit("5.972E24kg", note="Earth masses"),
    "mearth": ReadUnit("5.972E24kg", note="Earth masses"),
    "rjup": ReadUnit("71492km", note="Jupiter radii"), "jupiterrad": ReadUnit("71492km", note="Jupiter radii"),
    "rgeo": ReadUnit("6378.1km", note="Earth radii"), "earthrad": ReadUnit("6378.1km", note="Earth radii"),
    "rearth": ReadUnit("6378.1km", note="Earth radii"),
}
_SEXAGESIMAL = re.compile(r'["\']?\s*(hh?|dd?)\s*[: ]\s*(mm?)\s*[: ]\s*ss?(\.s+)?\s*["\']?\Z', re.IGNORECASE)
_CALENDAR = re.compile(r"y{2,4}[-/. ]?mm[-/. ]?d{1,2}\b", re.IGNORECASE)
_EPOCH = re.compile(r"(?:[bh]?m?jd|r?jd|tjd|btjd|bkjd)(?![a-z])|(?:days?|d)\s+since\b", re.IGNORECASE)
_MAGNITUDES = re.compile(r"(?:mag\s*\(\s*(AB|Vega|ST)\s*\)|(AB|Vega|ST)[ _-]?mags?|mags?[ _-](AB|Vega|ST))\Z", re.IGNORECASE)
_LOGARITHM = re.compile(r"(?:(?:log|log10|dex)\s*(?:\((?P<call>.*)\)|\[(?P<bracket>[^\[\]]*)\]|\s(?P<word>\S.*))"
                        r"|\[(?P<cds>[^\[\]]*)\])\Z", re.IGNORECASE)
_LONE_A = re.compile(r"(?<![A-Za-z'])A(?![A-Za-z'])")
_DATA_NUMBER = re.compile(r"(?<![A-Za-z'])DN(?![A-Za-z'])")


@lru_cache(4096)
def read(text: str) -> ReadUnit:
    """What a unit means. Never raises; `unit` is empty, or one that DaCHS 2.3 to 2.13 read.

    In astronomers' tables A is the Angstrom, not the ampere.
    """
    said = "".join(mark if mark.isprintable() else " " for mark in text[:LONGEST])
    said = " ".join(said.split()).strip("\"'")
    plain = said.lower().strip(" .")
    if plain in _NO_UNIT or not plain.strip("-="):
        return ReadUnit()
    if plain in _SPOKEN and said != "a":
        return _SPOKEN[plain]
    if _EPOCH.match(said):
        return ReadUnit("d", note="" if plain == "d" else said)
    if _CALENDAR.match(said):
        return ReadUnit(note=said)
    if (parts := _SEXAGESIMAL.match(said)):
        first = "hours" if parts[1].lower().startswith("h") else "degrees"
        return ReadUnit(note=f"{first}:minutes:seconds")
    if (system := _MAGNITUDES.match(said)):
        return ReadUnit("mag", note=f"{system[1] or system[2] or system[3]} magnitudes")
    if (logarithm := _LOGARITHM.match(said)):
        return _logarithm(said, next(part for part in logarithm.groups() if part is not None))
    unit = _as_vounit(said)
    return ReadUnit(unit) if unit else ReadUnit(unknown=said)


def _logarithm(said: str, inner: str) -> ReadUnit:
    of = read(inner)
    if of.unknown:
        return ReadUnit(unknown=said)
    if not of.unit:
        return ReadUnit(note=f"decimal logarithm, {of.note}" if of.note else "decimal logarithm")
    whole = f"log({of.unit})"
    return ReadUnit(whole, note=of.note) if _is_good(whole) else ReadUnit(unknown=said)


def _as_vounit(said: str) -> str:
    """The VOUnit that is written or most probably meant, `` if there is none."""
    meant = _DATA_NUMBER.sub("adu", _LONE_A.sub("Angstrom", said))
    for spelling in (meant, _in_lower_case(meant)):
        if _is_good(spelling):
            return spelling
        suggestion = parse(spelling).suggestion
        if suggestion is not None and suggestion.text and _is_good(suggestion.text):
            return suggestion.text
    return ""


def _in_lower_case(unit: str) -> str:
    """`KM/S` as most would write it; anything but capitals stays."""
    plain = unit.replace("Angstrom", "").replace("ANGSTROM", "")
    return re.sub("angstrom", "Angstrom", unit.lower()) if plain.isupper() else unit


def _is_good(unit: str) -> bool:
    judged = parse(unit)
    return judged.kind in (Kind.KNOWN, Kind.DEPRECATED) and judged.readable_since == (0,)
