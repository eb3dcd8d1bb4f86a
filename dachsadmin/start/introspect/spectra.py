"""Where the points of a spectrum are in a FITS file, told from its headers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from dachsadmin.start import spectral
from dachsadmin.start.introspect import units
from dachsadmin.start.introspect.headers import FitsFile, Hdu
from dachsadmin.start.survey import Spectrum

FEWEST_POINTS = 8
MOST_ROWS = 40
"""An image with more rows than that is a picture, or many spectra."""
USUAL_UNITS = {"em.wl": "Angstrom", "em.freq": "Hz", "em.energy": "eV"}
"""What coordinates are taken to be in where nothing tells."""

_SPECTRAL_AXIS = re.compile(r"(?:WAVE|AWAV|FREQ|ENER|WAVN|LAMBDA|LINEAR|LOG-?LINEAR|MULTISPE|PIXEL|LOGLAM|LOG10LAM)", re.IGNORECASE)
_WAT_UNIT = re.compile(r"\bunits=['\"]?([A-Za-z]+)", re.IGNORECASE)
_SPECTRAL_COLUMN = re.compile(
    r"(log_?(?:10)?_?(?:lam|lambda|wave?|wl|wavelength))|"
    r"(?:obs_?)?(wave|wavelength|waves|wavel|lambda|lam|wl|awav|wave_?(?:air|vac)|wavelength_?(?:air|vac)|spectral|"
    r"spectral_?axis|wav|(?:wave|wavelength|lambda|lam|wl)_?(?:nm|um|aa?|angstroms?|m|micron))\Z|"
    r"(freq|frequency|nu)\Z|(energy|ener)\Z", re.IGNORECASE)
_FLUX_COLUMN = re.compile(
    r"(flux|fluxes|flux_?(?:density|reduced|calibrated|norm|lambda|nu|aa?)|spec|spectrum|f_?lambda|f_?lam|f_?nu|intensity|"
    r"spectral_?flux|surf_?bright|rate|counts?|data|net|reflectance|normalized_?flux|relative_?flux)\Z", re.IGNORECASE)
_INVERSE_VARIANCE = re.compile(r"(ivar|inv(erse)?_?var(iance)?|inverse)\Z", re.IGNORECASE)
_ERROR = re.compile(r"(err|error|errors|sigma|noise|stddev|std|unc|uncertainty|e_?flux|"
                    r"flux_?(err|error|unc|uncertainty|sigma|stdev)|err_?(flux|reduced)|sig|stat_?err(or)?)\Z", re.IGNORECASE)
_MASK = re.compile(r"(and_?mask|mask|or_?mask|quality?|qual|dq|flags?|bad_?pix(els?)?|pixmask)\Z", re.IGNORECASE)
_PLACE_ON_SKY = re.compile(r"(ra|dec?|raj2000|dej2000|alpha|delta|glon|glat)\Z", re.IGNORECASE)


def find(file: FitsFile) -> Spectrum | None:
    """How to read the first spectrum of a file; None if there is none."""
    for number, hdu in enumerate(file.hdus):
        found = _in_table(hdu) if hdu.kind == "table" else _in_image(hdu) if hdu.kind == "image" else None
        if found is not None:
            return replace(found, extension=number, air=_is_air([*file.hdus[:1], hdu], found))
    return None


def all_in(file: FitsFile) -> list[int]:
    """The HDUs that hold a spectrum."""
    return [number for number, hdu in enumerate(file.hdus)
            if (_in_table(hdu) if hdu.kind == "table" else _in_image(hdu) if hdu.kind == "image" else None) is not None]


def medium(file: FitsFile) -> str:
    """What the keywords say about the wavelengths: `air`, `vacuum`, or nothing."""
    for hdu in file.hdus:
        vacuum, said = hdu.value("VACUUM"), hdu.text("AIRORVAC").lower() or hdu.text("WAVEMED").lower()
        if vacuum in (True, 1) or said.startswith("vac") or hdu.text("CTYPE1").upper() == "WAVE":
            return "vacuum"
        if (vacuum in (False, 0) and vacuum is not None) or said.startswith("air") or hdu.text("CTYPE1").upper() == "AWAV":
            return "air"
        if any(re.search(r"air", name, re.IGNORECASE) and _SPECTRAL_COLUMN.match(name) for name in hdu.columns):
            return "air"
    return ""


def says_unit(file: FitsFile, found: Spectrum) -> bool:
    """Whether the unit of the spectral coordinate is told, not guessed from its size."""
    said, _ = said_units(file, found)
    if found.spectral_ucd != "em.wl" or _spectral_unit(said)[0]:
        return True
    return found.axis[0] == "COEFF0" if found.layout == "image" else bool(_unit_in_name(found.spectral)) or found.logarithmic


def said_units(file: FitsFile, found: Spectrum) -> tuple[str, str]:
    """What the header says for the units of the spectral coordinate and of the flux, in its own words."""
    hdu = file.hdus[found.extension]
    if found.layout == "image":
        return _said_unit(hdu), hdu.text("BUNIT")
    return _unit_of_column(hdu, found.spectral), _unit_of_column(hdu, found.flux)


def axis_of(column: str) -> str:
    """What a column of a table of points holds, by its name: spectral, flux, error, mask, or nothing known."""
    named = {"spectral": _SPECTRAL_COLUMN, "flux": _FLUX_COLUMN, "error": _ERROR, "mask": _MASK}
    return next((axis for axis, pattern in named.items() if pattern.match(column)), "")


def guessed_unit(least: float, most: float) -> str:
    """The unit of wavelengths that say none, from their size; empty if they could be several."""
    if 900 <= least < most <= 60_000:
        return "Angstrom"
    if 90 <= least < most <= 900:
        return "nm"
    return "um" if 0.09 <= least < most <= 30 else ""


def _is_air(hdus: Sequence[Hdu], found: Spectrum) -> bool:
    return found.spectral_ucd == "em.wl" and medium(FitsFile("", tuple(hdus))) == "air"


def _in_image(hdu: Hdu) -> Spectrum | None:
    shape = hdu.shape
    rows = 1
    for length in shape[1:]:
        rows *= length
    kind = hdu.text("CTYPE1").upper()
    if shape[0] < FEWEST_POINTS or rows > MOST_ROWS or rows > shape[0] or re.match(r"(RA|DEC|.LON|.LAT)-", kind):
        return None
    names = _row_names(hdu, rows)
    axis, logarithmic = _linear_axis(hdu)
    flux = _first(names, _FLUX_COLUMN) or ("0" if not names or not _SPECTRAL_COLUMN.match(names[0]) else "1")
    coordinate = "" if any(axis) else _first(names, _SPECTRAL_COLUMN)
    if not any(axis) and not coordinate:
        return None
    unit, ucd = _axis_unit(hdu, kind, axis, logarithmic)
    inverse = _first(names, _INVERSE_VARIANCE)
    flux_unit = units.read(hdu.text("BUNIT")).unit
    return Spectrum("image", 0, flux, coordinate, inverse or _first(names, _ERROR), bool(inverse), _first(names, _MASK),
                    logarithmic, axis, unit, ucd, flux_unit, _flux_ucd(flux_unit), points=shape[0])


def _linear_axis(hdu: Hdu) -> tuple[tuple[str, str, str], bool]:
    """Keywords of start, step and reference pixel, and whether they give decadic logarithms."""
    if _is_number(hdu, "COEFF0") and _is_number(hdu, "COEFF1"):
        return ("COEFF0", "COEFF1", ""), True  # SDSS's convention, which LAMOST follows: of the first pixel.
    step = next((keyword for keyword in ("CD1_1", "CDELT1") if _is_number(hdu, keyword) and hdu.value(keyword)), "")
    kind = hdu.text("CTYPE1")
    told = _SPECTRAL_AXIS.match(kind) or _spectral_unit(hdu.text("CUNIT1"))[0] or "wavelength" in hdu.text("WAT1_001").lower() \
        or "DC-FLAG" in hdu.cards or (not kind and len(hdu.shape) == 1)
    if not step or not told or not _is_number(hdu, "CRVAL1") or kind.upper() in ("WAVE-LOG", "AWAV-LOG", "FREQ-LOG"):
        return ("", "", ""), False  # ...-LOG axes are natural logarithms of another form (FITS WCS paper III, 3.3).
    reference = "CRPIX1" if _is_number(hdu, "CRPIX1") else ""
    logarithmic = hdu.value("DC-FLAG") == 1 or "log" in kind.lower()
    return ("CRVAL1", step, reference), logarithmic


def _axis_unit(hdu: Hdu, kind: str, axis: tuple[str, str, str], logarithmic: bool) -> tuple[str, str]:
    """Unit and UCD of the spectral coordinate of an image."""
    said, _ = _spectral_unit(_said_unit(hdu))
    ucd = spectral.ucd(said) or {"FREQ": "em.freq", "ENER": "em.energy"}.get(kind[:4], "")
    if ucd:
        return said or USUAL_UNITS[ucd], ucd
    start, step = hdu.value(axis[0]) if axis[0] else None, hdu.value(axis[1]) if axis[1] else None
    if isinstance(start, (int, float)) and isinstance(step, (int, float)) and (not logarithmic or abs(start) < 30):
        ends = [start, start + step * hdu.shape[0]]
        if logarithmic:
            ends = [10.0 ** min(end, 30) for end in ends]
        return guessed_unit(min(ends), max(ends)) or "Angstrom", "em.wl"
    return "Angstrom", "em.wl"


def _said_unit(hdu: Hdu) -> str:
    """What an image's header calls the unit of its first axis."""
    described = _WAT_UNIT.search(hdu.text("WAT1_001"))
    return hdu.text("CUNIT1") or (described[1] if described else "") or hdu.text("WAVEUNIT") or hdu.text("WUNIT")


def _unit_of_column(hdu: Hdu, column: str) -> str:
    return hdu.text(f"TUNIT{hdu.columns.index(column) + 1}")


def _spectral_unit(said: str) -> tuple[str, bool]:
    """A unit of spectral coordinates, empty if it is none; and whether they are logarithms."""
    unit = units.read(said).unit
    logarithmic = unit.startswith("log(")
    unit = unit[4:-1] if logarithmic else unit
    return (unit, logarithmic) if spectral.ucd(unit) else ("", False)


def _in_table(hdu: Hdu) -> Spectrum | None:
    columns = hdu.columns
    flux, coordinate = _first_name(columns, _FLUX_COLUMN), _first_name(columns, _SPECTRAL_COLUMN)
    if not flux or not coordinate or any(_PLACE_ON_SKY.match(name) for name in columns):
        return None
    points = hdu.number("NAXIS2")
    if points == 1:
        points = _repeat(hdu.text(f"TFORM{columns.index(flux) + 1}"))
    if points < FEWEST_POINTS or _repeat(hdu.text(f"TFORM{columns.index(flux) + 1}")) > 1 < hdu.number("NAXIS2"):
        return None
    match = _SPECTRAL_COLUMN.match(coordinate)
    assert match is not None
    said, logarithmic = _spectral_unit(_unit_of_column(hdu, coordinate))
    ucd = spectral.ucd(said) or ("em.freq" if match[3] else "em.energy" if match[4] else "em.wl")
    unit = said or (ucd == "em.wl" and _unit_in_name(coordinate)) or USUAL_UNITS[ucd]
    inverse = _first_name(columns, _INVERSE_VARIANCE)
    flux_unit = units.read(_unit_of_column(hdu, flux)).unit
    return Spectrum("table", 0, flux, coordinate, inverse or _first_name(columns, _ERROR), bool(inverse),
                    _first_name(columns, _MASK), logarithmic or bool(match[1]), ("", "", ""), unit, ucd, flux_unit, _flux_ucd(flux_unit), points=points)


def _unit_in_name(column: str) -> str:
    """`wave_nm` has its unit in its name."""
    match = re.search(r"(nm|um|micron|angstrom|aa?)\Z", column.lower().partition("_")[2])
    return units.read(match[1]).unit if match else ""


def _row_names(hdu: Hdu, rows: int) -> list[str]:
    """What the header calls the rows of its image; empty if it does not tell."""
    if rows == 1:
        return []
    bands = [hdu.text(f"BANDID{number}").split(" ")[0] for number in range(1, rows + 1)]
    if all(bands):
        return bands
    arrays = [hdu.text(f"ARRAY{number}") or hdu.text(f"ROW{number}") for number in range(1, rows + 1)]
    if all(arrays):
        return arrays
    for value, _ in hdu.cards.values():
        listed = [part.strip() for part in value.split(",")] if isinstance(value, str) and value.count(",") == rows - 1 else []
        if any(_FLUX_COLUMN.match(name) for name in listed):
            return listed
    return []


def _first(names: Sequence[str], pattern: re.Pattern[str]) -> str:
    """The number of the first row with such a name, as text; empty if there is none."""
    return next((str(number) for number, name in enumerate(names) if pattern.match(name)), "")


def _first_name(names: Sequence[str], pattern: re.Pattern[str]) -> str:
    return next((name for name in names if pattern.match(name)), "")


def _repeat(form: str) -> int:
    """How many elements a cell of a binary table has (FITS 4.0, 7.3.1); variable-length arrays count by their maximum."""
    match = re.match(r"(\d*)([PQ][A-Z]\((\d+)\)|[A-Z])", form)
    if match is None:
        return 1
    return int(match[3] or match[1] or 1)


def _flux_ucd(unit: str) -> str:
    if "Jy" in unit or "Hz" in unit:
        return "phot.flux.density;em.freq"
    if unit in ("adu", "ct", "count", "photon", "ph", "electron") or unit.startswith(("ct/", "count/", "adu/")):
        return "phot.count;em.wl"
    return "phot.flux.density;em.wl"


def _is_number(hdu: Hdu, keyword: str) -> bool:
    value = hdu.value(keyword)
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e300
