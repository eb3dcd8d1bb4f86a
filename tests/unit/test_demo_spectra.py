"""The spectra of the demo: files as LAMOST makes them, the same every time, with honest noise and a few odd stars."""

from __future__ import annotations

import gzip
import io
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from dachsadmin.demo import lamost, starlight
from dachsadmin.demo.population import LEAST, LIGHT, ODD, population

EXAMPLES = Path(__file__).parents[2] / "docs/examples"


def opened(content: bytes) -> fits.HDUList:
    return fits.open(io.BytesIO(gzip.decompress(content)))


def first(**wanted):
    return next(target for target in population(400) if all(getattr(target, name) == value for name, value in wanted.items()))


def test_a_file_is_valid_fits_in_the_layout_of_the_survey():
    target = first(kind="STAR")
    with opened(lamost.file_content(target)) as found:
        found.verify("exception")
        assert len(found) == 1 and found[0].data.shape == (5, 3909) and found[0].data.dtype == ">f4"
        header = found[0].header
        assert [header[name] for name in ("OBSID", "CLASS", "SUBCLASS")] == [target.observation, "STAR", target.subclass]
        assert header["RA"] == pytest.approx(target.ra, abs=1e-6) and header["Z"] == pytest.approx(target.redshift, abs=1e-8)
        assert header["FILENAME"] + ".gz" == lamost.file_name(target)
        assert "Synthetic" in header["COMMENT"][0]
        axis = header["COEFF0"] + header["COEFF1"] * np.arange(header["NAXIS1"])
        assert np.allclose(found[0].data[2], 10 ** axis, rtol=1e-6)


def test_everybody_gets_the_same_spectra():
    target = first(kind="GALAXY")
    assert lamost.file_content(target) == lamost.file_content(target)
    assert lamost.file_content(target) != lamost.file_content(target, seed=6)
    assert list(population(60)) == list(population(90))[:60]


def test_files_and_observations_have_names_of_their_own():
    targets = list(population(1200))
    assert len({lamost.file_name(target) for target in targets}) == len({target.observation for target in targets}) == 1200


def test_the_noise_is_what_the_inverse_variance_says():
    target = first(subclass="G5")
    flux, weight, wavelengths = lamost.points(target)[:3]
    pulls = (flux - lamost.light(target, wavelengths)) * np.sqrt(weight)
    measured = weight > 0
    assert np.std(pulls[measured]) == pytest.approx(1, abs=0.05)
    assert not measured[-6:].any() and measured[:-6].all() and not flux[~measured].any()


def test_some_are_too_noisy_and_most_are_not():
    ratios = np.array([target.snr for target in population(400)])
    assert 0.06 < np.mean(ratios < 6) < 0.25 and np.median(ratios) > 20
    clear = max(population(60), key=lambda target: target.snr)
    with opened(lamost.file_content(clear)) as found:
        assert found[0].header["SNRG"] == pytest.approx(clear.snr, rel=0.2)


def test_there_are_stars_of_all_types_galaxies_and_quasars():
    found = Counter(target.subclass[0] if target.kind == "STAR" else target.kind for target in population(1000))
    assert set(found) == {*"AFGKM", "GALAXY", "QSO"} and found["M"] > 50
    assert sum(target.subclass == "G8" for target in population(LEAST)) > 2 * len(ODD)


def test_lines_are_where_the_redshift_puts_them():
    target = first(kind="STAR", subclass="G8", odd="")
    wavelengths = np.linspace(3900, 3955, 4000)
    deepest = wavelengths[np.argmin(starlight.observed(target, wavelengths))]
    assert deepest == pytest.approx(starlight.CALCIUM_K * (1 + target.redshift), abs=0.6)
    displaced = first(odd="displaced")
    velocity = (wavelengths[np.argmin(starlight.observed(displaced, wavelengths))] / starlight.CALCIUM_K - 1) * LIGHT
    assert velocity - displaced.redshift * LIGHT < -500


def test_two_hundred_spectra_take_less_than_two_seconds():
    """2,000 in 20 s."""
    begun = time.process_time()
    for target in population(LEAST):
        lamost.file_content(target)
    assert time.process_time() - begun < 2


def test_the_example_flags_just_the_odd_stars(monkeypatch):
    for library in ("pyvo", "scipy"):
        pytest.importorskip(library)
    monkeypatch.syspath_prepend(EXAMPLES)
    import lamost5_hk as example

    profiles, injected = [], set()
    for target in population(400):
        if target.subclass == "G8":
            flux, weight, wavelengths = lamost.points(target)[:3]
            band = (wavelengths > 3920) & (wavelengths < 3980)
            name = lamost.file_name(target)
            profiles.append(example.Profile(name, wavelengths[band] / (1 + target.redshift), flux[band], weight[band] ** -0.5))
            injected |= {name} if target.odd else set()
    clear = [profile for profile in profiles if example.signal_to_noise(profile) > 8]
    assert len(injected) == len(ODD) and 0.6 < len(clear) / len(profiles) < 1
    fits_ = [example.fit(profile) for profile in clear]
    assert None not in fits_ and set(example.odd_ones(fits_)) == injected
