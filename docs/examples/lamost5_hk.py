#!/usr/bin/python3
"""Fit the H and K lines of calcium in the G8 stars of lamost5, and find those that are not like the others.

It asks a server that has lamost5 (`dachsadmin demo` makes one) by TAP, fetches with Datalink just the 60 Angstrom around
the two lines of each spectrum, brings them to the rest frame, leaves out the noisy ones, and fits the rest. Written are a
line per odd star to the standard output, and two pictures: `lamost5_hk.png` has the stacked profiles, `lamost5_sky.png`
where the survey has looked.

    apt-get install python3-pyvo python3-scipy python3-matplotlib
    python3 lamost5_hk.py --tap http://localhost:8080/tap --out .
"""

from __future__ import annotations

import argparse
import io
import sys
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyvo
from astropy import units as u
from astropy.io import votable
from astropy.utils.exceptions import AstropyWarning
from scipy.optimize import OptimizeWarning, curve_fit

K, H = 3934.78, 3969.59
"""Angstrom, vacuum."""
MIDDLE = (K + H) / 2
LIGHT = 299792.458
BAND = (392 * u.nm, 398 * u.nm)
START = (1.0, 0.0, 0.8, 0.8, 7.0, 6.0, 0.0)
LIMITS = ((0, -1, -1, -1, 1, 1, -1500), (np.inf, 1, 1.5, 1.5, 25, 25, 1500))
QUANTITIES = ("depth of K", "depth of H", "width of K", "width of H", "velocity", "core of K", "core of H")
"""What is compared between stars. Depths and cores are parts of the continuum, widths Angstrom, the velocity km/s."""


@dataclass(frozen=True)
class Profile:
    """A spectrum around H and K, in the rest frame: Angstrom, and flux with its error in whatever the survey has."""

    star: str
    wavelengths: np.ndarray
    flux: np.ndarray
    errors: np.ndarray


@dataclass(frozen=True)
class Fit:
    """What came out for one star: the QUANTITIES, their errors, and the level of the continuum between the lines."""

    profile: Profile
    quantities: np.ndarray
    errors: np.ndarray
    level: float


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tap", metavar="URL", default="http://localhost:8080/tap",
                        help="the TAP service (default: %(default)s)")
    parser.add_argument("--type", metavar="TYPE", default="G8", help="the spectral type (default: %(default)s)")
    parser.add_argument("--least-snr", metavar="RATIO", type=float, default=8.0,
                        help="spectra with less signal to noise per point are left out (default: %(default)s)")
    parser.add_argument("--out", metavar="DIR", type=Path, default=Path(), help="where the pictures go (default: here)")
    wanted = parser.parse_args(arguments)
    warnings.simplefilter("ignore", AstropyWarning)
    service = pyvo.dal.TAPService(wanted.tap)

    profiles = list(fetch(service, wanted.type))
    clear = [profile for profile in profiles if signal_to_noise(profile) >= wanted.least_snr]
    fits = [found for found in map(fit, clear) if found is not None]
    odd = odd_ones(fits)
    print(f"{len(profiles)} stars of type {wanted.type}, {len(profiles) - len(clear)} of them too noisy, "
          f"{len(fits)} fitted, {len(odd)} odd")
    for star, reasons in odd.items():
        print(f"odd: {star}: {', '.join(reasons)}")
    draw_profiles(fits, odd, wanted.type, wanted.out / "lamost5_hk.png")
    draw_sky(service, wanted.out / "lamost5_sky.png")
    return 0


def fetch(service: pyvo.dal.TAPService, subclass: str) -> Iterator[Profile]:
    """The profiles of all stars of a type: one query, then one cutout per star.

    For the links of one star, pyVO's `processed(band=...)` does the same as `process`. For those of many at once it cuts out
    of whichever star comes first (measured with pyVO 1.2.1 and 1.9.1).
    """
    query = f"SELECT ssa_pubdid, accref FROM lamost5.data WHERE ssa_targsubclass = '{subclass}' ORDER BY ssa_pubdid"
    for links in service.run_sync(query).iter_datalinks():
        cutout = next(links.iter_procs()).process(band=BAND).read()
        if cutout:
            yield read_profile(cutout)


def read_profile(document: bytes) -> Profile:
    """A cutout (a VOTable in the Spectral Data Model), brought to the rest frame that it tells."""
    table = votable.parse(io.BytesIO(document), verify="ignore").get_first_table()
    told = {(param.utype or "").lower().partition(":")[2]: param.value for param in table.params}
    points = table.to_table(use_names_over_ids=True)
    wavelengths = u.Quantity(points["spectral"]).to_value(u.Angstrom) / (1 + float(told["spectrum.target.redshift"]))
    flux, errors = (np.ma.filled(np.ma.asarray(points[name], dtype=float), np.nan) for name in ("flux", "flux_error"))
    good = np.isfinite(flux) & np.isfinite(errors) & (errors > 0)
    return Profile(str(told["spectrum.curation.publisherdid"]), wavelengths[good], flux[good], errors[good])


def signal_to_noise(profile: Profile) -> float:
    """The median per point; 0 where there are not points enough for a fit."""
    return float(np.median(profile.flux / profile.errors)) if len(profile.flux) > 2 * len(START) else 0.0


def model(wavelengths, level, slope, depth_k, depth_h, width_k, width_h, velocity):
    """A straight continuum with two Gaussian absorption lines that move together."""
    lines = [1 - depth * np.exp(-0.5 * ((wavelengths - centre * (1 + velocity / LIGHT)) / width) ** 2)
             for centre, depth, width in ((K, depth_k, width_k), (H, depth_h, width_h))]
    return level * (1 + slope * (wavelengths - MIDDLE) / 30) * lines[0] * lines[1]


def fit(profile: Profile) -> Fit | None:
    """The fit of the model, None where there is none; the cores are what a fit leaves in the centres of the lines."""
    scale = float(np.percentile(profile.flux, 90))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", OptimizeWarning)
            best, covariance = curve_fit(model, profile.wavelengths, profile.flux / scale, START,
                                         profile.errors / scale, absolute_sigma=True, bounds=LIMITS, max_nfev=2000)
    except (RuntimeError, ValueError, OptimizeWarning):
        return None
    left = (profile.flux / scale - model(profile.wavelengths, *best)) / best[0]
    cores, core_errors = [], []
    for centre in (K, H):
        inside = np.abs(profile.wavelengths - centre * (1 + best[6] / LIGHT)) < 2.5
        cores.append(left[inside].mean() if inside.any() else 0.0)
        core_errors.append(np.sqrt((profile.errors[inside] ** 2).sum()) / max(inside.sum(), 1) / scale / best[0])
    errors = np.sqrt(np.diag(covariance))
    return Fit(profile, np.array([*best[2:], *cores]), np.array([*errors[2:], *core_errors]), scale * best[0])


def odd_ones(fits: Sequence[Fit], limit: float = 6.0) -> dict[str, list[str]]:
    """Who differs from the others, and in what: by more than `limit` times what noise and the usual scatter explain."""
    values = np.array([each.quantities for each in fits])
    errors = np.array([each.errors for each in fits])
    usual = np.median(values, axis=0)
    scatter = 1.4826 * np.median(np.abs(values - usual), axis=0)
    differs = np.abs(values - usual) / np.hypot(scatter, errors) > limit
    return {each.profile.star: [f"{name} is {value:.2f} instead of {middle:.2f}" for name, value, middle, is_odd
                                in zip(QUANTITIES, each.quantities, usual, row) if is_odd]
            for each, row in zip(fits, differs) if row.any()}


def draw_profiles(fits: Sequence[Fit], odd: dict[str, list[str]], subclass: str, file: Path) -> None:
    """The median of the normalised profiles with where two thirds of them are, and the odd ones."""
    pyplot = plotting()
    grid = np.arange(3923.0, 3978.0, 0.5)
    stack = {each.profile.star: np.interp(grid, each.profile.wavelengths, each.profile.flux / each.level)
             for each in fits}
    usual = np.array([row for star, row in stack.items() if star not in odd])
    figure, axes = pyplot.subplots(figsize=(9, 6))
    if len(usual):
        axes.fill_between(grid, *np.percentile(usual, (16, 84), axis=0), color="#b7c9e2", label="two thirds of the stars")
        axes.plot(grid, np.median(usual, axis=0), color="#08306b", label=f"median of {len(usual)} {subclass} stars")
    for place, star in enumerate(odd):
        axes.plot(grid, stack[star], color=pyplot.cm.autumn(place / len(odd)), linewidth=0.9,
                  label="odd ones" if not place else None)
    for centre, name in ((K, "Ca II K"), (H, "Ca II H")):
        axes.axvline(centre, color="grey", linestyle=":", linewidth=0.8)
        axes.annotate(name, (centre, axes.get_ylim()[0]), xytext=(3, 4), textcoords="offset points", color="grey")
    axes.set(xlabel="vacuum wavelength in the rest frame [Angstrom]", ylabel="flux / continuum",
             title=f"{subclass} stars of lamost5 around H and K")
    axes.legend(loc="upper right", fontsize="small")
    figure.savefig(file, dpi=110, bbox_inches="tight")
    pyplot.close(figure)


def draw_sky(service: pyvo.dal.TAPService, file: Path) -> None:
    """All positions of the survey, in equatorial coordinates with the east to the left."""
    pyplot = plotting()
    positions = service.run_sync("SELECT raj2000, dej2000 FROM lamost5.data", maxrec=100_000).to_table()
    ra, dec = (np.radians(np.asarray(positions[name], dtype=float)) for name in ("raj2000", "dej2000"))
    figure, axes = pyplot.subplots(figsize=(9, 5), subplot_kw={"projection": "mollweide"})
    axes.scatter(-((ra + np.pi) % (2 * np.pi) - np.pi), dec, s=3, color="#08306b", alpha=0.4, linewidths=0)
    axes.set_xticks(np.radians(np.arange(-120, 121, 60)))
    axes.set_xticklabels([f"{(-degrees) % 360}°" for degrees in range(-120, 121, 60)], fontsize="small")
    axes.grid(color="lightgrey", linewidth=0.5)
    axes.set_title(f"The {len(ra)} spectra of lamost5 on the sky (ICRS)", pad=18)
    figure.savefig(file, dpi=110, bbox_inches="tight")
    pyplot.close(figure)


def plotting():
    """matplotlib without a display."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    return pyplot


if __name__ == "__main__":
    sys.exit(main())
