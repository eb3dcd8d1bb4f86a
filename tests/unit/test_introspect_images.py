"""Images tell where they are, and tests can ask for that place."""

from __future__ import annotations

import numpy
import pytest
from astropy.io import fits
from astropy.wcs import WCS

from dachsadmin.start.introspect import headers, images, survey


def written(folder, **cards):
    header = {"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRVAL1": 83.6, "CRVAL2": 22.0, "CRPIX1": 1.0, "CRPIX2": 400.0,
              "CDELT1": -0.001, "CDELT2": 0.001} | cards
    hdu = fits.PrimaryHDU(numpy.zeros((60, 80), "u1"))
    hdu.header.update({name: value for name, value in header.items() if value is not None})
    path = folder / "image.fits"
    hdu.writeto(path)
    return path


@pytest.mark.parametrize("cards", [
    {}, {"CDELT1": None, "CDELT2": None, "CD1_1": -0.0008, "CD1_2": 0.0006, "CD2_1": 0.0006, "CD2_2": 0.0008},
    {"CRVAL1": 0.01, "CRVAL2": 89.9}, {"PC1_1": 0.8, "PC1_2": 0.6, "PC2_1": -0.6, "PC2_2": 0.8, "CRVAL2": -71.0},
])
def test_the_centre_is_where_the_wcs_has_it(tmp_path, cards):
    path = written(tmp_path, **cards)
    found = images.find(headers.read(str(path)))
    expected = WCS(fits.getheader(path)).pixel_to_world(39.5, 29.5)
    assert found.centre == pytest.approx((expected.ra.deg, expected.dec.deg), abs=2e-5)


@pytest.mark.parametrize("cards", [
    {"CTYPE1": "GLON-TAN", "CTYPE2": "GLAT-TAN"}, {"RADESYS": "FK4"}, {"CTYPE1": "DEC--TAN", "CTYPE2": "RA---TAN"},
])
def test_coordinates_that_are_not_icrs_are_not_taken_for_it(tmp_path, cards):
    found = images.find(headers.read(str(written(tmp_path, **cards))))
    assert found.wcs == "none" and found.centre is None
    assert "not those of ICRS" in found.reason


def test_compressed_images_are_images_of_the_next_header(tmp_path, monkeypatch):
    header = fits.Header({"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRVAL1": 83.6, "CRVAL2": 22.0, "CRPIX1": 1.0, "CRPIX2": 40.0,
                          "CDELT1": -0.001, "CDELT2": 0.001, "FILTER": "V", "OBJECT": "M1", "EXPTIME": 5.0, "INSTRUME": "W"})
    hdus = fits.HDUList([fits.PrimaryHDU(), fits.CompImageHDU(numpy.arange(4800, dtype="i2").reshape(60, 80), header)])
    hdus.writeto(tmp_path / "a.fits.fz")
    monkeypatch.chdir(tmp_path)
    found = survey(["a.fits.fz"])
    assert (found.kind, found.image.wcs, found.image.extension) == ("image", "full", 1)
    assert dict(found.reading.attributes) == {"qnd": "False", "hdu": "0"} and found.proposal("band").expression == "@FILTER"
