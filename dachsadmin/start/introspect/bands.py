"""The wavelengths of filters that have names which everybody knows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from dachsadmin.start.introspect.names import literal
from dachsadmin.start.survey import Field, Proposal

# Effective wavelength and full width at half maximum in nm.
_BANDS = {
    # Bessell 1990, PASP 102, 1181
    "U": (366, 65), "B": (436, 89), "V": (545, 84), "R": (641, 158), "I": (798, 154),
    # Fukugita et al. 1996, AJ 111, 1748
    "u": (355.7, 59.9), "g": (482.5, 137.9), "r": (626.1, 138.2), "i": (767.2, 153.5), "z": (909.7, 137.0),
    # Cohen et al. 2003, AJ 126, 1090
    "J": (1235, 162), "H": (1662, 251), "K": (2159, 262),
}
_NAME = re.compile(r"(?:(?:Johnson|Cousins|Bessell?|Kron-?Cousins|SDSS|Sloan|Pan-?STARRS|2MASS)[\s_.-]*)?([UBVRIugrizJHK])"
                   r"(?:['ps]|_?(?:Johnson|Cousins|Bessell?|SDSS|Sloan|[BCJ]))?\Z", re.IGNORECASE)
_SLOAN = re.compile(r"SDSS|Sloan|STARRS|p\Z|'", re.IGNORECASE)


def limits(name: str) -> tuple[float, float] | None:
    """Where a band begins and ends, in m; None for a name that is not known."""
    match = _NAME.match(name.strip())
    if not match:
        return None
    letter = match[1].lower() if _SLOAN.search(name) and match[1].upper() in "UGRIZ" else match[1]
    found = _BANDS.get(letter) or _BANDS.get(letter.upper())
    if found is None:
        return None
    middle, width = found
    return float(f"{(middle - width / 2) * 1e-9:.4g}"), float(f"{(middle + width / 2) * 1e-9:.4g}")


def proposals(fields: Sequence[Field], told: Sequence[Proposal]) -> Iterator[Proposal]:
    """Where a header names a band: the wavelengths that it begins and ends with."""
    band = next((each for each in told if each.role == "band"), None)
    if band is None:
        return
    field = next(each for each in fields if each.source == band.sources[0])
    shown = [example for example in field.examples if isinstance(example, str)]
    known = {name: place for name in shown if (place := limits(name))}
    if not known:
        return
    strange = [name for name in shown if name not in known]
    reason = "usual limits of the bands " + ", ".join(sorted(known)) + (f"; {', '.join(strange)} not known" if strange else "")
    for end, role in enumerate(("spectral_start", "spectral_end")):
        table = ", ".join(f"{literal(name)}: {place[end]!r}" for name, place in known.items())
        yield Proposal(role, f"{{{table}}}.get({band.expression})", band.sources, reason, certain=not strange)
