"""Filters with well-known names have wavelengths."""

from __future__ import annotations

import pytest

from dachsadmin.start.introspect.bands import limits, proposals
from dachsadmin.start.survey import Field, Proposal


@pytest.mark.parametrize(("name", "start", "end"), [
    ("B", 391.5, 480.5), ("V_Johnson", 503, 587), ("Bessell R", 562, 720), ("I", 721, 875), ("SDSS r'", 557, 695.2), ("rp", 557, 695.2),
    ("i_SDSS", 690.5, 843.9), ("Sloan U", 325.8, 385.6), ("2MASS Ks", 2028, 2290), ("2MASS.J", 1154, 1316),
])
def test_bands_begin_and_end_at_half_of_their_maximum(name, start, end):
    assert limits(name) == pytest.approx((start * 1e-9, end * 1e-9), rel=1e-3)


@pytest.mark.parametrize("name", ["Halpha", "clear", "", "B+V", "Z", "F814W", "none"])
def test_what_is_no_broad_band_has_no_limits(name):
    assert limits(name) is None


def test_a_rowmaker_gets_the_limits_of_those_bands_that_are_known():
    band = Proposal("band", "@FILTER", ("FILTER",), "header FILTER")
    start, end = proposals([Field("FILTER", "filter", "text", examples=("V", "Ha'\n<x>"))], [band])
    assert (start.role, end.role) == ("spectral_start", "spectral_end")
    assert eval(start.expression.replace("@FILTER", "'V'")) == 5.03e-07
    assert eval(end.expression.replace("@FILTER", "'Ha'")) is None
    assert not start.certain and "Ha" in start.reason


def test_bands_that_nobody_knows_propose_nothing():
    band = Proposal("band", "@FILTER", ("FILTER",), "header FILTER")
    assert not list(proposals([Field("FILTER", "filter", "text", examples=("W3",))], [band]))
    assert not list(proposals([], []))
