"""Terms of the IVOA vocabularies, and the nearest one to what somebody wrote."""

from __future__ import annotations

import json

import pytest

from dachsadmin.val import vocabulary


@pytest.mark.parametrize(("written", "term", "certain"), [
    ("White Dwarfs", "white-dwarf-stars", False), ("Variable stars", "variable-stars", True),
    ("history-of-astronomy>", "history-of-astronomy", True), ("Virtual observatory", "virtual-observatories", False),
    ("exoplanet", "exoplanets", False), ("Ejemplo", "", False),
])
def test_the_nearest_subject(written, term, certain):
    assert vocabulary.nearest(vocabulary.UAT, written) == (term, certain)


@pytest.mark.parametrize(("name", "written", "term"), [
    ("messenger", "optical", "Optical"), ("timescale", "utc", "UTC"), ("refposition", "BARYCENTRIC", "BARYCENTER"),
    ("product-type", "time series", "timeseries"),
])
def test_the_nearest_term_of_small_vocabularies(name, written, term):
    assert vocabulary.nearest(name, written)[0] == term


def test_the_list_of_the_uat_is_whole():
    assert len(vocabulary.terms(vocabulary.UAT)) == 2411
    assert "white-dwarf-stars" in vocabulary.terms(vocabulary.UAT)


def test_the_uat_file_can_be_made_again():
    assert vocabulary.condense_uat(json.dumps({"terms": {"b": {}, "a": {}}})) == "a\nb\n"
