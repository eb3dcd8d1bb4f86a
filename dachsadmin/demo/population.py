"""Who was observed: a sky of invented stars, galaxies and quasars, the same for the same seed, a few of them odd."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import cos, log10, radians, sin, tau
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

SEED = 5
LEAST = 200
"""Fewer spectra than this are no survey: the odd ones are among the first so many."""
LIGHT = 299792.458
"""km/s"""

ODD = {17: "emission", 38: "doubled", 59: "lineless", 71: "displaced", 96: "emission", 118: "displaced",
       133: "lineless", 157: "doubled"}
"""Numbers of G8 stars that are not what they should be.

`emission`: the cores of H and K are filled up, as in active stars; `lineless`: H and K are hardly there; `doubled`: two
stars of opposite velocities; `displaced`: the redshift in the header is wrong.
"""
DISPLACEMENT = -620.0
"""By how many km/s the redshift of a displaced star is wrong."""

_PER_PLATE = 50
_PLATE_RADIUS = 2.5
"""Degrees; the telescope has a field of view of five (Cui et al. 2012, RAA 12, 1197)."""
_SUBCLASSES = {
    "A1V": 2, "A2V": 2, "A5V": 2, "A7V": 2, "F0": 5, "F2": 5, "F4": 4, "F5": 7, "F6": 4, "F7": 3, "F9": 4, "G0": 4,
    "G1": 2, "G2": 5, "G3": 4, "G5": 7, "G6": 2, "G7": 4, "G8": 7, "G9": 2, "K0": 3, "K1": 3, "K3": 3, "K4": 2, "K5": 4, "K7": 2,
    "M0": 3, "M1": 2, "M2": 2, "M3": 2, "M4": 1, "M5": 1, "GALAXY": 3, "QSO": 1}
"""How often each occurs, in relation to the others; galaxies and quasars have no subclass in such surveys."""


@dataclass(frozen=True)
class Plate:
    """One pointing of the telescope. Angles in degrees, `mjd` of the middle of the exposure, UTC, `exposure` in s."""

    number: int
    ra: float
    dec: float
    mjd: float
    exposure: float
    seeing: float


@dataclass(frozen=True)
class Target:
    """One object behind one fibre.

    `redshift` is what the header says, `snr` that in the g band, `metals` how much deeper than usual its lines are
    (-0.1: by a tenth less), `odd` what is wrong with it (a value of ODD), empty for the rest.
    """

    number: int
    plate: Plate
    spectrograph: int
    fibre: int
    ra: float
    dec: float
    kind: str
    subclass: str
    redshift: float
    magnitude: float
    snr: float
    metals: float
    odd: str = ""

    @property
    def observation(self) -> int:
        """The survey's number of this spectrum."""
        return self.plate.number * 100_000 + self.spectrograph * 1000 + self.fibre


def population(count: int, seed: int = SEED) -> Iterator[Target]:
    """The first `count` targets; a greater `count` has the same ones first."""
    return (_target(number, seed) for number in range(count))


def chance(seed: int, what: str, number: int) -> np.random.Generator:
    """The dice for one thing, independent of all others."""
    import numpy

    return numpy.random.default_rng([seed, *what.encode("ascii"), number])


def _target(number: int, seed: int) -> Target:
    dice, odd = chance(seed, "target", number), ODD.get(number, "")
    plate = _plate(number // _PER_PLATE, seed)
    ra, dec = _beside(plate, dice)
    place = number % _PER_PLATE
    names = list(_SUBCLASSES)
    weights = list(_SUBCLASSES.values())
    drawn = names[int(dice.choice(len(names), p=[weight / sum(weights) for weight in weights]))]
    name = "G8" if odd else drawn
    kind = name if name in ("GALAXY", "QSO") else "STAR"
    noisy = dice.random() < 0.12 and not odd
    snr = dice.uniform(1.5, 6) if noisy else 70 if odd else min(15 * 2.2 ** abs(dice.normal(0, 1.4)), 300)
    return Target(number, plate, spectrograph=place % 16 + 1, fibre=int(dice.integers(0, 50)) + 50 * (place // 16) + 1,
                  ra=ra, dec=dec, kind=kind, subclass=name if kind == "STAR" else "Non",
                  redshift=_redshift(kind, dice), magnitude=round(20.2 - 2.5 * log10(snr), 2), snr=float(snr),
                  metals=0.0 if odd else float(dice.normal(0, 0.06)), odd=odd)


@cache
def _plate(number: int, seed: int) -> Plate:
    dice = chance(seed, "plate", number)
    night = int(dice.integers(55_860, 57_910))  # from the pilot survey to the fifth release
    return Plate(number=1200 + 37 * number, ra=float(dice.uniform(0, 360)), dec=float(dice.uniform(-5, 58)),
                 mjd=night + float(dice.uniform(0.45, 0.9)),
                 exposure=float(dice.choice([1800.0, 2700.0, 4500.0, 5400.0])),
                 seeing=round(float(dice.uniform(1.8, 3.6)), 2))


def _beside(plate: Plate, dice: np.random.Generator) -> tuple[float, float]:
    """A position on the plate."""
    distance, angle = _PLATE_RADIUS * dice.random() ** 0.5, dice.uniform(0, tau)
    dec = plate.dec + distance * cos(angle)
    return float((plate.ra + distance * sin(angle) / cos(radians(dec))) % 360), float(dec)


def _redshift(kind: str, dice: np.random.Generator) -> float:
    if kind == "GALAXY":
        return float(dice.uniform(0.02, 0.2))
    if kind == "QSO":
        return float(dice.uniform(0.3, 2.5))
    return float(dice.normal(-10, 220 if dice.random() < 0.05 else 40) / LIGHT)
