"""Where FITS images lie on the sky, told from their headers."""

from __future__ import annotations

import math
import re

from dachsadmin.start.introspect.headers import FitsFile, Hdu
from dachsadmin.start.survey import Image

_LONGITUDE = re.compile(r"(RA|GLON|ELON|HLON|SLON)-")
_EQUATORIAL = re.compile(r"RA-")
_LATITUDE = re.compile(r"(DEC|GLAT|ELAT|HLAT|SLAT)-")
_ASTROMETRY = "calibrate them, for instance with astrometry.net's 'solve-field', or give positions in a table of their own"


def find(file: FitsFile) -> Image | None:
    """The first image with two axes; None if there is none."""
    for number, hdu in enumerate(file.hdus):
        if hdu.kind == "image" and len(hdu.shape) > 1 and hdu.shape[0] > 1 and hdu.shape[1] > 1:
            reason = _fault(hdu)
            scale = None if reason else _scale(hdu)
            centre = None if reason else _centre(hdu)
            return Image(number, "none" if reason else "full", len(hdu.shape), scale, centre, reason)
    return None


def _fault(hdu: Hdu) -> str:
    """Why a header gives no celestial coordinates, and what to do; empty if it does."""
    first, second = hdu.text("CTYPE1").upper(), hdu.text("CTYPE2").upper()
    if not first or not second:
        missing = "CTYPE1" if not first else "CTYPE2"
        return f"{missing} is missing, so pixels have no place on the sky; {_ASTROMETRY}"
    pair = [first, second]
    if not any(map(_LONGITUDE.match, pair)) or not any(map(_LATITUDE.match, pair)):
        return f"CTYPE1 and CTYPE2 are no longitude and latitude; {_ASTROMETRY}"
    if not _EQUATORIAL.match(first) or hdu.text("RADESYS").startswith("FK4") or hdu.text("RADECSYS").startswith("FK4"):
        # DaCHS 2.7 publishes whatever the WCS gives as ICRS (2.7).
        return f"its coordinates ({first}, {second}) are not those of ICRS, for which DaCHS takes them; reproject them, for " \
               "instance with the Python package reproject"
    absent = [keyword for keyword in ("CRVAL1", "CRVAL2", "CRPIX1", "CRPIX2") if _number(hdu, keyword) is None]
    if absent:
        return f"{', '.join(absent)} {'is' if len(absent) == 1 else 'are'} missing or no number; {_ASTROMETRY}"
    if not _scale(hdu):
        return f"neither CD1_1 ... CD2_2 nor CDELT1 and CDELT2 give a size of pixels; {_ASTROMETRY}"
    latitude = _number(hdu, "CRVAL2" if _LATITUDE.match(second) else "CRVAL1")
    if latitude is None or abs(latitude) > 90:
        return f"its latitude (CRVAL) is {latitude} degrees; {_ASTROMETRY}"
    return ""


def _scale(hdu: Hdu) -> float | None:
    """Degrees per pixel; None if the transformation is singular."""
    a, b, c, d = _matrix(hdu)
    area = a * d - b * c
    scale = math.sqrt(abs(area)) if math.isfinite(area) else 0.0
    return scale or None


def _matrix(hdu: Hdu) -> tuple[float, float, float, float]:
    """CD1_1, CD1_2, CD2_1 and CD2_2, or what stands for them (FITS WCS papers I and II)."""
    cd = [_number(hdu, f"CD{row}_{column}") or 0.0 for row in (1, 2) for column in (1, 2)]
    if any(cd):
        return cd[0], cd[1], cd[2], cd[3]
    x, y = _number(hdu, "CDELT1") or 0.0, _number(hdu, "CDELT2") or 0.0
    pc = [_number(hdu, f"PC{row}_{column}") for row in (1, 2) for column in (1, 2)]
    a, b, c, d = (default if value is None else value for value, default in zip(pc, (1.0, 0.0, 0.0, 1.0)))
    return a * x, b * x, c * y, d * y


def _centre(hdu: Hdu) -> tuple[float, float]:
    """RA and Dec of the middle, as if the projection were gnomonic."""
    pixels = [(length + 1) / 2 - (_number(hdu, f"CRPIX{axis}") or 0.0) for axis, length in zip((1, 2), hdu.shape)]
    a, b, c, d = _matrix(hdu)
    x, y = math.radians(a * pixels[0] + b * pixels[1]), math.radians(c * pixels[0] + d * pixels[1])
    ra, dec = (math.radians(_number(hdu, f"CRVAL{axis}") or 0.0) for axis in (1, 2))
    along = math.cos(dec) - y * math.sin(dec)
    right_ascension = math.degrees(ra + math.atan2(x, along)) % 360
    declination = math.degrees(math.atan2(math.sin(dec) + y * math.cos(dec), math.hypot(x, along)))
    return round(right_ascension, 5), round(declination, 5)


def _number(hdu: Hdu, keyword: str) -> float | None:
    value = hdu.value(keyword)
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e100 else None
