"""How bright a target is at a wavelength: continua, absorption lines, bands and emission, roughly as in nature."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from dachsadmin.demo.population import DISPLACEMENT, LIGHT, Target

if TYPE_CHECKING:
    import numpy as np

CALCIUM_K, CALCIUM_H = 3934.78, 3969.59
"""Angstrom in vacuum, as all wavelengths here."""

_TYPES = "AFGKM"
_TEMPERATURES = (9700, 7200, 5930, 5250, 3850, 2600)
"""Kelvin at A0, F0, G0, K0, M0 and beyond M9 (Pecaut & Mamajek 2013, rounded)."""
_LINES = (
    # wavelength, deviation in Angstrom and depth at A0, F0, G0, K0, M0, M9
    (CALCIUM_K, (2.0, 4.0, 6.0, 8.0, 8.5, 8.5), (0.20, 0.62, 0.78, 0.88, 0.90, 0.90)),
    (CALCIUM_H, (2.0, 3.6, 5.2, 7.2, 7.8, 7.8), (0.15, 0.55, 0.72, 0.84, 0.87, 0.87)),
    (3971.20, (9.0, 6.0, 2.0, 1.5, 1.5, 1.5), (0.60, 0.35, 0.08, 0.02, 0.01, 0.01)),
    (4102.89, (9.0, 6.0, 2.6, 1.8, 1.5, 1.5), (0.62, 0.40, 0.18, 0.08, 0.03, 0.02)),
    (4227.92, (1.8, 1.8, 2.5, 4.0, 7.0, 9.0), (0.05, 0.12, 0.25, 0.45, 0.75, 0.80)),
    (4306.00, (8.0, 8.0, 8.0, 8.0, 8.0, 8.0), (0.00, 0.05, 0.25, 0.35, 0.20, 0.05)),
    (4341.68, (9.0, 6.0, 2.8, 1.8, 1.5, 1.5), (0.63, 0.42, 0.20, 0.08, 0.03, 0.02)),
    (4862.68, (9.0, 6.0, 3.0, 2.0, 1.6, 1.6), (0.62, 0.45, 0.25, 0.12, 0.05, 0.02)),
    (5168.76, (1.8, 1.8, 2.0, 2.6, 3.0, 3.0), (0.05, 0.12, 0.20, 0.38, 0.45, 0.35)),
    (5174.13, (1.8, 1.8, 2.2, 2.8, 3.2, 3.2), (0.06, 0.15, 0.26, 0.45, 0.52, 0.40)),
    (5185.05, (1.8, 1.8, 2.4, 3.0, 3.4, 3.4), (0.06, 0.16, 0.28, 0.48, 0.55, 0.42)),
    (5891.58, (1.8, 1.8, 2.0, 2.6, 3.6, 5.0), (0.03, 0.10, 0.20, 0.40, 0.60, 0.70)),
    (5897.56, (1.8, 1.8, 1.9, 2.4, 3.4, 4.8), (0.02, 0.08, 0.17, 0.35, 0.55, 0.65)),
    (6564.61, (9.0, 6.5, 3.0, 2.2, 2.0, 2.0), (0.58, 0.42, 0.30, 0.20, 0.06, 0.02)),
    (8500.36, (2.4, 2.4, 2.4, 2.6, 2.8, 2.8), (0.08, 0.18, 0.24, 0.32, 0.32, 0.22)),
    (8544.44, (2.6, 2.6, 2.8, 3.0, 3.2, 3.2), (0.14, 0.28, 0.36, 0.46, 0.46, 0.34)),
    (8664.52, (2.6, 2.6, 2.6, 2.8, 3.0, 3.0), (0.12, 0.25, 0.33, 0.42, 0.42, 0.30)),
)
_TIO_HEADS = ((4762, 0.5), (4956, 0.6), (5168, 0.6), (5450, 0.5), (5849, 0.6), (6160, 0.7), (6653, 0.6), (7055, 1.0),
              (7590, 0.8), (8433, 0.7))
"""Titanium oxide: heads in Angstrom, and how strong the bands are in relation to the strongest."""
_NEBULAR = ((3728.5, 2.4), (4862.68, 0.8), (4960.3, 0.7), (5008.24, 2.0), (6564.61, 2.6), (6585.27, 0.9), (6718.3, 0.5),
            (6732.7, 0.4))
_BROAD = ((1215.7, 4.0), (1549.1, 2.2), (1908.7, 1.1), (2799.1, 1.0), (4341.7, 0.4), (4862.7, 1.0), (6564.6, 3.0))
"""Emission: wavelength, and strength in relation to the continuum."""
_TELLURIC = ((6869.0, 12.0, 0.10), (7605.0, 18.0, 0.30), (8220.0, 40.0, 0.04))


def observed(target: Target, wavelengths: np.ndarray) -> np.ndarray:
    """What arrives at the telescope without noise, at wavelengths in Angstrom; 1 at 5500 Angstrom in the rest frame."""
    import numpy

    if target.kind == "STAR":
        light = _star(target, wavelengths)
    else:
        light = (_galaxy if target.kind == "GALAXY" else _quasar)(wavelengths / (1 + target.redshift))
    for centre, deviation, depth in _TELLURIC:
        _put_line(light, wavelengths, centre, deviation, -depth)
    return numpy.maximum(light, 0)


def _star(target: Target, wavelengths: np.ndarray) -> np.ndarray:
    code = _code(target.subclass)
    velocity = target.redshift * LIGHT
    continuum = _planck(wavelengths, _along(code, _TEMPERATURES))
    if target.odd == "doubled":
        both = [_profile(code, wavelengths / (1 + (velocity + each) / LIGHT)) for each in (-560.0, 560.0)]
        return continuum * (both[0] + both[1]) / 2
    rest = wavelengths / (1 + (velocity + (DISPLACEMENT if target.odd == "displaced" else 0)) / LIGHT)
    profile = _profile(code, rest) ** (0.12 if target.odd == "lineless" else 1 + target.metals)
    if target.odd == "emission":
        profile = profile + 0.9 * _bell(rest, CALCIUM_K, 1.3) + 0.7 * _bell(rest, CALCIUM_H, 1.3)
    return continuum * profile


def _galaxy(rest: np.ndarray) -> np.ndarray:
    light = _planck(rest, 4900) * _profile(_code("K0"), rest)
    for centre, strength in _NEBULAR:
        _put_line(light, rest, centre, 3.2, strength)
    return light


def _quasar(rest: np.ndarray) -> np.ndarray:
    light = (rest / 5500) ** -1.5
    for centre, strength in _BROAD:
        _put_line(light, rest, centre, centre * 0.011, strength)
    return light


def _profile(code: float, rest: np.ndarray) -> np.ndarray:
    """By what factor lines and bands weaken the continuum of a spectral type."""
    import numpy

    grid, factors = _sampled_profile(code)
    return numpy.interp(rest, grid, factors)


@cache
def _sampled_profile(code: float) -> tuple[np.ndarray, np.ndarray]:
    import numpy

    grid = numpy.arange(3000.0, 9500.0, 0.5)
    factors = numpy.ones_like(grid)
    for centre, deviations, depths in _LINES:
        _put_line(factors, grid, centre, _along(code, deviations), -_along(code, depths))
    for centre, depth in _iron():
        _put_line(factors, grid, centre, 1.5, -depth * min(code / 25, 1.2))
    oxide = max(0.0, min((code - 38) / 9, 1.0))
    for head, strength in _TIO_HEADS:
        behind = grid - head
        band = numpy.where(behind > 0, numpy.exp(-numpy.clip(behind, 0, None) / 110), 0)
        factors *= 1 - 0.75 * oxide * strength * band
    return grid, factors


@cache
def _iron() -> tuple[tuple[float, float], ...]:
    """Weak lines, crowded in the blue: those of iron and its like, at invented places."""
    import numpy

    dice = numpy.random.default_rng(26)
    places = 3700 + 2500 * dice.random(220) ** 1.6
    clear = [place for place in places if not 3900 < place < 4000]
    return tuple((float(place), float(depth)) for place, depth in zip(clear, dice.uniform(0.02, 0.22, len(clear))))


def _code(subclass: str) -> float:
    """A0 is 0, F0 is 10, G8 is 28."""
    return 10.0 * _TYPES.index(subclass[0]) + float(subclass[1])


def _along(code: float, values: tuple[float, ...]) -> float:
    """The value of a spectral type between those for A0, F0, G0, K0, M0 and M9."""
    place = min(int(code // 10), len(values) - 2)
    part = code / 10 - place
    return values[place] * (1 - part) + values[place + 1] * part


def _planck(wavelengths: np.ndarray, temperature: float) -> np.ndarray:
    """A black body, 1 at 5500 Angstrom."""
    import numpy

    second = 1.438777e8 / temperature  # h c / k, in Angstrom
    return (5500 / wavelengths) ** 5 * numpy.expm1(second / 5500) / numpy.expm1(second / wavelengths)


def _put_line(light: np.ndarray, wavelengths: np.ndarray, centre: float, deviation: float, strength: float) -> None:
    """Put a line into a spectrum, in place: emission, or with negative strength absorption; far wings are left out."""
    import numpy

    first, last = numpy.searchsorted(wavelengths, (centre - 6 * deviation, centre + 6 * deviation))
    light[first:last] *= 1 + strength * _bell(wavelengths[first:last], centre, deviation)


def _bell(wavelengths: np.ndarray, centre: float, deviation: float) -> np.ndarray:
    import numpy

    return numpy.exp(-0.5 * ((wavelengths - centre) / deviation) ** 2)
