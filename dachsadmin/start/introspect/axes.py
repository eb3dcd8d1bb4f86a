"""The spectral range of files: expressions over the keywords of a linear axis, or what the data say."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any

from dachsadmin.start.introspect import files, names, roles, spectra
from dachsadmin.start.introspect.headers import key
from dachsadmin.start.spectral import in_metres, metres
from dachsadmin.start.survey import Field, Proposal, Spectrum

MOST_READ = 10
"""Files whose data are read where headers do not tell the range."""


def keywords(spectrum: Spectrum) -> tuple[str, ...]:
    """The structural keywords that a linear axis needs."""
    return (*filter(None, spectrum.axis), "NAXIS1") if any(spectrum.axis) else ()


def proposals(spectrum: Spectrum, fields: Sequence[Field], paths: Sequence[str], *,
              in_header: bool) -> tuple[list[Proposal], list[str]]:
    """Ends of the spectra in metres of vacuum wavelength; and what is to be said.

    `in_header`: the grammar reads the header that has the axis.
    """
    by_keyword = {field.source: field for field in fields}
    wanted = [by_keyword.get(keyword) for keyword in keywords(spectrum)]
    if any(spectrum.axis) and in_header and all(wanted):
        return _from_axis(spectrum, [field for field in wanted if field]), []
    return _from_data(spectrum, paths)


def _from_axis(spectrum: Spectrum, wanted: list[Field]) -> list[Proposal]:
    start, step, *_ = (names.reference(key(field.source)) for field in wanted)
    reference = next((field for field in wanted if field.source == spectrum.axis[2]), None)
    first = "1" if reference is None or (reference.constant and reference.examples[0] == 1) else f"@{reference.source}"
    ends = []
    for pixel in ("1", "@NAXIS1"):
        value = start if pixel == first else f"{start} + {step}*({pixel} - {first})"
        if value != start:
            value = f"({value})"
        ends.append(in_metres(f"10**{value}" if spectrum.logarithmic else value, spectrum.spectral_unit, air=spectrum.air))
    if not all(ends):
        return []
    falling = (wanted[1].maximum or 0) < 0  # type: ignore[operator]
    if falling != (spectrum.spectral_ucd != "em.wl"):
        ends.reverse()
    said = f"header {spectrum.axis[0]} and {spectrum.axis[1]}, {_said(spectrum)}"
    return [roles.proposal(role, end, wanted, said) for role, end in zip(("spectral_start", "spectral_end"), ends)]


def _from_data(spectrum: Spectrum, paths: Sequence[str]) -> tuple[list[Proposal], list[str]]:
    """The range of some files, as constants."""
    found = constant_range(spectrum, [found for path in files.spread(paths, MOST_READ) if (found := _extent(path, spectrum))])
    return found, [] if found else ["the spectral range could not be read from the files: give it with --set"]


def constant_range(spectrum: Spectrum, read: Sequence[tuple[float, float]]) -> list[Proposal]:
    """What all of some files cover, given the least and the largest coordinate of each."""
    if not read:
        return []
    least, most = min(low for low, _ in read), max(high for _, high in read)
    ends = sorted(metres(each, spectrum.spectral_unit, air=spectrum.air) for each in (least, most))
    if not all(map(math.isfinite, ends)):
        return []
    count = "the file" if len(read) == 1 else f"{len(read)} files"
    said = f"{spectrum.spectral or 'spectral axis'} of {count} looked at, {_said(spectrum)}"
    return [Proposal(role, f"{end:.6g}", (), said, certain=False)
            for role, end in zip(("spectral_start", "spectral_end"), ends)]


def _said(spectrum: Spectrum) -> str:
    """In which unit the coordinate is."""
    return ("log10 of " if spectrum.logarithmic else "") + spectrum.spectral_unit + (", air to vacuum" if spectrum.air else "")


def _extent(path: str, spectrum: Spectrum) -> tuple[float, float] | None:
    """Least and largest coordinate in a file."""
    from astropy.io import fits

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with fits.open(path, memmap=False) as hdus:
                points = _coordinates(hdus[spectrum.extension], spectrum)
        except (OSError, KeyError, IndexError, TypeError, ValueError, AttributeError):
            return None
    return extent(points, spectrum)


def extent(points: Any, spectrum: Spectrum) -> tuple[float, float] | None:
    """Least and largest of an array of coordinates, which may be logarithms; None if there are none."""
    import numpy

    points = points[numpy.isfinite(points)]
    if spectrum.logarithmic:
        points = 10.0 ** points[numpy.abs(points) < 300]
    points = points[points > 0]
    return (float(points.min()), float(points.max())) if points.size else None


def _coordinates(hdu: Any, spectrum: Spectrum) -> Any:
    """The numbers as they stand in an HDU."""
    import numpy

    if spectrum.layout == "table":
        return numpy.ravel(hdu.data[spectrum.spectral]).astype(float)
    if spectrum.spectral:
        return hdu.data.reshape(-1, hdu.data.shape[-1])[int(spectrum.spectral)].astype(float)
    reference = hdu.header[spectrum.axis[2]] if spectrum.axis[2] else 1
    return hdu.header[spectrum.axis[0]] + hdu.header[spectrum.axis[1]] * (numpy.array([1, hdu.data.shape[-1]]) - reference)
