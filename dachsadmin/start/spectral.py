"""Spectral coordinates as SSA, ObsCore and SODA have them: wavelengths in vacuum, in metres."""

from __future__ import annotations

import math

METRES = {"Angstrom": 1e-10, "0.1nm": 1e-10, "pm": 1e-12, "nm": 1e-9, "um": 1e-6, "mm": 1e-3, "cm": 1e-2, "m": 1.0, "km": 1e3}
_HERTZ = {"Hz": 1.0, "kHz": 1e3, "MHz": 1e6, "GHz": 1e9, "THz": 1e12}
_ELECTRONVOLT = {"meV": 1e-3, "eV": 1.0, "keV": 1e3, "MeV": 1e6, "GeV": 1e9, "TeV": 1e12}
_LIGHT = 299792458.0
_PLANCK_LIGHT = 1.2398419843320026e-06
"""h c / e in metres times electronvolts (CODATA 2018)."""
REFRACTION = 1.00028
"""Vacuum over air wavelength; what is left between 200 nm and 1.5 um is 0.1 Angstrom at most (Ciddor 1996, Applied Optics 35, 1566)."""


def ucd(unit: str) -> str:
    """What is measured in a VOUnit: em.wl, em.freq or em.energy; empty if it is no unit of a spectral coordinate."""
    return "em.wl" if unit in METRES else "em.freq" if unit in _HERTZ else "em.energy" if unit in _ELECTRONVOLT else ""


def in_metres(value: str, unit: str, *, air: bool) -> str:
    """The Python expression for a wavelength, from one for the coordinate; empty if its unit is none of a spectrum."""
    factor = _factor(unit, air=air)
    if not factor or factor == 1:
        return value if factor else ""
    return f"{value}*{factor:.12g}" if unit in METRES else f"{factor:.12g}/{value}"


def metres(value: float, unit: str, *, air: bool) -> float:
    """The wavelength for a coordinate; infinite if there is none."""
    factor = _factor(unit, air=air)
    if unit in METRES:
        return value * factor
    return factor / value if factor and value else math.inf


def _factor(unit: str, *, air: bool) -> float:
    """Times a wavelength, or over a frequency or energy, it is the wavelength in metres; 0 for other units."""
    if unit in METRES:
        return METRES[unit] * (REFRACTION if air else 1)
    return _LIGHT / _HERTZ[unit] if unit in _HERTZ else _PLANCK_LIGHT / _ELECTRONVOLT[unit] if unit in _ELECTRONVOLT else 0.0
