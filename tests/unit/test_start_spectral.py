"""Whatever the spectral coordinate of files is, what is published is the wavelength in vacuum."""

from __future__ import annotations

import math

import pytest

from dachsadmin.start import spectral


@pytest.mark.parametrize(("value", "unit", "air", "wavelength"), [
    (5000.0, "Angstrom", False, 5e-7), (0.5, "um", False, 5e-7), (599.584916, "THz", False, 5e-7), (2.479684, "eV", False, 5e-7),
    # The D2 line of sodium, and calcium's K, in air and in vacuum (NIST Atomic Spectra Database).
    (5889.950, "Angstrom", True, 5.8915833e-7), (393.366, "nm", True, 3.934777e-7),
])
def test_coordinates_become_vacuum_wavelengths_in_metres(value, unit, air, wavelength):
    assert spectral.metres(value, unit, air=air) == pytest.approx(wavelength, abs=1e-11 if air else 1e-13)
    assert eval(spectral.in_metres("value", unit, air=air), {"value": value}) == pytest.approx(spectral.metres(value, unit, air=air))


def test_other_units_give_no_wavelength():
    assert spectral.in_metres("@x", "km/s", air=False) == spectral.ucd("km/s") == ""
    assert spectral.metres(1.0, "km/s", air=False) == spectral.metres(0.0, "Hz", air=False) == math.inf
