"""Spectra as clients see them: their axes by the Spectral Data Model, and the services that cut them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dachsadmin.client import votable
from dachsadmin.client.votable import Votable

_SPECTRAL = ("data.spectralaxis.value", "spectrum.data.spectralaxis.value")
_FLUX = ("data.fluxaxis.value", "spectrum.data.fluxaxis.value")


@dataclass(frozen=True)
class Spectrum:
    """A spectrum in a VOTable. An axis without a column of its utype is None (SpectrumDM 1.1, table 1)."""

    table: Votable
    spectral: Any
    flux: Any

    @cached_property
    def metres(self) -> list[float]:
        """The wavelengths of all points; empty if the axis has no unit of a wavelength, frequency or energy."""
        import astropy.units

        if self.spectral is None:
            return []
        try:
            unit = astropy.units.Unit(str(self.spectral.unit))
            factor = astropy.units.Quantity(self.table.values(self.spectral), unit)
            return [float(value) for value in factor.to_value("m", astropy.units.spectral())]
        except (ValueError, TypeError):
            return []


def read(content: bytes, what: str) -> Spectrum:
    """Parse a spectrum, which `what` names. Raises NotUnderstood or QueryFailed if it is none."""
    found = votable.parse(content, what)
    found.demand_success(what)
    return Spectrum(found, _first(found, _SPECTRAL), _first(found, _FLUX))


def _first(found: Votable, utypes: Sequence[str]) -> Any:
    return next((field for field in (found.field(utype=utype) for utype in utypes) if field is not None), None)


def limits(row: Any) -> tuple[float, float] | None:
    """The spectral coverage that an SSA row tells, in metres."""
    try:
        start, stop = (float(row.getbyutype(f"ssa:Char.SpectralAxis.Coverage.Bounds.{end}")) for end in ("Start", "Stop"))
    except (TypeError, ValueError):
        return None
    return (start, stop) if start == start and stop == stop else None


@dataclass(frozen=True)
class Processing:
    """A row of a Datalink document with a service that takes BAND; `low` and `high` are the limits it tells, in metres."""

    row: Any
    url: str
    identifier: str
    low: float
    high: float

    def part(self, begin: float, end: float) -> tuple[float, float]:
        """A part of its range; 0 is the lower end of it, 1 the upper."""
        width = self.high - self.low
        return self.low + begin * width, self.low + end * width


def processings(documents: Sequence[Any]) -> list[Processing]:
    """The services in pyVO's Datalink documents that can cut out a spectral range, one per document."""
    found = []
    for document in documents:
        for row in document.iter_procs():
            params = {param.name: param for param in row.input_params}
            address = next((str(param.value) for param in row.params if param.name == "accessURL"), "")
            band = params.get("BAND")
            low, high = (_number(getattr(band.values, end)) for end in ("min", "max")) if band is not None else (None, None)
            if address and low is not None and high is not None:
                found.append(Processing(row, address, str(row["ID"]), low, high))
                break
    return found


def _number(value: Any) -> float | None:
    """A limit of a parameter; astropy makes an array of it if the parameter is an interval."""
    first = value.flat[0] if hasattr(value, "flat") else value
    try:
        return float(first) if first is not None and math.isfinite(float(first)) else None
    except (TypeError, ValueError):
        return None
