"""Angles and durations as files have them, made into degrees and seconds."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dachsadmin.start.introspect.values import scaled

DEGREES = {"deg": 1.0, "h": 15.0, "rad": 57.29577951308232, "arcmin": 1 / 60, "arcsec": 1 / 3600, "mas": 1 / 3.6e6}
SECONDS = {"s": 1.0, "ms": 1e-3, "min": 60.0, "h": 3600.0, "d": 86400.0}

_SEXAGESIMAL = re.compile(r"\s*[+-]?[0-9]{1,3}(?P<mark>:|\s)\s*[0-5]?[0-9](?:(?P=mark)\s*[0-5]?[0-9])?(?:\.[0-9]*)?\s*\Z")
_LETTERED = re.compile(r"\s*[+-]?[0-9]{1,3}\s*(?P<mark>[hd])\s*[0-5]?[0-9]\s*m(?:\s*[0-5]?[0-9](?:\.[0-9]*)?\s*s)?\s*\Z")
_MOST_OFF = 1e-6


def degrees(written: str, unit: str, least: float, most: float, *, longitude: bool) -> tuple[str, str, bool] | None:
    """The expression for the degrees of numbers from `least` to `most`, what they are in, and whether that is certain.

    None if they are no right ascensions (`longitude`) or declinations.
    """
    factor = DEGREES.get(unit or "deg")
    if factor is None:
        return None
    low, high = (-90, 90) if not longitude else (-180, 180) if least < -_MOST_OFF else (0, 360)
    if factor * least < low - _MOST_OFF or factor * most > high + _MOST_OFF:
        return None
    if longitude and not unit and 0 <= least < 1 and 23 < most <= 24:
        return scaled(written, 15.0), "taken for hours, as they go from 0 to 24", False
    expression = scaled(written, factor)
    if low == -180:  # as some have right ascensions
        expression = f"math.fmod({expression} + 360, 360)"
    # Beyond 24 (1.6) it is neither hours nor radians.
    told = max(abs(least), abs(most)) > (24 if longitude else 1.6)
    return expression, unit or ("deg by its values" if told else "taken for deg"), bool(unit) or told


def sexagesimal(texts: Sequence[str], written: str, *, longitude: bool) -> tuple[str, str] | None:
    """The expression for the degrees in such texts, and how they are spelt; None if they are no angles."""
    for pattern in (_SEXAGESIMAL, _LETTERED):
        marks = {match["mark"] if (match := pattern.match(text)) else "" for text in texts}
        if len(marks) == 1 and "" not in marks:
            mark = marks.pop()
            form = "hms" if mark == "h" or (longitude and mark != "d") else "dms"
            plain = f"re.sub('[hdms]', ' ', {written})" if pattern is _LETTERED else written
            separator = ", ':'" if mark == ":" else ""
            return f"parseAngle({plain}, '{form}'{separator})", f"{'hours' if form == 'hms' else 'degrees'}:minutes:seconds"
    return None
