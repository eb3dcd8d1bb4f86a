"""FITS files for tests, byte by byte: right ones, and all that can be wrong with one."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

BLOCK = 2880
Cards = Mapping[str, object]


def card(keyword: str, value: object, comment: str = "") -> bytes:
    """One card; a value in bytes is written as it is."""
    if isinstance(value, bytes):
        text = value.decode("latin-1")
    elif isinstance(value, bool):
        text = f"{'T' if value else 'F':>20}"
    elif isinstance(value, str):
        text = "'" + value.replace("'", "''").ljust(8) + "'"
    else:
        text = "" if value is None else f"{value!r:>20}"
    said = f"{keyword:8}= {text}{' / ' + comment if comment else ''}"
    return said.encode("latin-1")[:80].ljust(80)


def header(cards: Cards) -> bytes:
    """A header; a value can be a pair of value and comment."""
    written = b"".join(card(keyword, *(value if isinstance(value, tuple) else (value,))) for keyword, value in cards.items())
    return padded(written + b"END".ljust(80), b" ")


def padded(text: bytes, with_: bytes = b"\0") -> bytes:
    return text + with_ * (-len(text) % BLOCK)


def image(shape: Sequence[int], cards: Cards, *, extension: bool = False, values: Sequence[float] = ()) -> bytes:
    """An HDU of single precision numbers; `shape` as NAXIS1, NAXIS2 ..."""
    count = 1
    for length in shape:
        count *= length
    begin = {"XTENSION": "IMAGE"} if extension else {"SIMPLE": True}
    axes = {f"NAXIS{number}": length for number, length in enumerate(shape, 1)}
    pixels = struct.pack(f">{count}f", *values) if values else bytes(4 * count if shape else 0)
    return header({**begin, "BITPIX": -32, "NAXIS": len(shape), **axes, **({"PCOUNT": 0, "GCOUNT": 1} if extension else {}),
                   **cards}) + padded(pixels)


def table(columns: Mapping[str, Sequence[float]], cards: Cards | None = None, units: Mapping[str, str] | None = None) -> bytes:
    """A binary table of doubles, for behind a primary HDU."""
    rows = list(zip(*columns.values()))
    described: dict[str, object] = {}
    for number, name in enumerate(columns, 1):
        described |= {f"TTYPE{number}": name, f"TFORM{number}": "D"}
        if units and name in units:
            described[f"TUNIT{number}"] = units[name]
    data = b"".join(struct.pack(f">{len(row)}d", *row) for row in rows)
    return header({"XTENSION": "BINTABLE", "BITPIX": 8, "NAXIS": 2, "NAXIS1": 8 * len(columns), "NAXIS2": len(rows), "PCOUNT": 0,
                   "GCOUNT": 1, "TFIELDS": len(columns), **described, **(cards or {})}) + padded(data)


def primary(cards: Cards | None = None) -> bytes:
    """A primary HDU without data."""
    return header({"SIMPLE": True, "BITPIX": 8, "NAXIS": 0, "EXTEND": True, **(cards or {})})


def lamost(number: int = 0, **changes: object) -> bytes:
    """A spectrum with what matters of the headers of LAMOST's low resolution survey."""
    cards: dict[str, object] = {
        "FILENAME": f"spec-{number:05}.fits", "OBSID": (677503000 + number, "Unique number ID of this spectrum"),
        "EXTEN0": "Flux, Inverse, Wavelength, Andmask, Ormask", "TELESCOP": ("LAMOST", "GuoShouJing Telescope"),
        "DATE-OBS": (f"2018-10-{1 + number % 28:02}T16:20:00", "The observation median UTC"),
        "DATE-BEG": ("2018-10-05T23:32:16.0", "The observation start local time"),
        "MJD": (58396, "Modified Julian Day"), "RA": (24.376852 + number, "[deg] Right ascension of object"),
        "DEC": (25.427147 + number / 100, "[deg] Declination of object"), "DESIG": (f"LAMOST J{number:06}", "Designation of LAMOST target"),
        "MAG7": (99.0, "[mag] Mag7 of object"), "RADECSYS": "FK5", "EXPTIME": (5400.0 - number, "[s] Minimum of exposure time"),
        "SEEING": (3.1, "[arcsec] Seeing during exposure"), "TEMPCCDB": (-999.0, "[deg] The temperature of blue CCD"),
        "VACUUM": (True, "Wavelengths are in vacuum"), "COEFF0": (3.5682, "Central wavelength (log10) of first pixel"),
        "COEFF1": (0.0001, "Log10 dispersion per pixel"), "CRVAL1": 3.5682, "CD1_1": 0.0001, "CRPIX1": 1, "CTYPE1": "LINEAR",
        "DC-FLAG": (1, "Log-linear flag"), "CLASS": ("STAR", "Class of object"), "SUBCLASS": (f"G{number % 10}", "Subclass of object"),
        "Z": (-6.4e-06 * (1 + number), "Redshift of object"), "SNRG": (153.72 - number / 10, "SNR of g filter"), **changes}
    return image((50, 5), {keyword: value for keyword, value in cards.items() if value is not Ellipsis})
