"""The next data release, made from the RD of the last one, works in DaCHS where the last one did."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from serving import serving

from dachsadmin.rd.document import parse
from dachsadmin.start.like import next_release

OLD = Path(__file__).parent.parent / "golden" / "start" / "like" / "lamost5.rd"


def spectrum(path, obsid, name):
    """A file as LAMOST's: flux, inverse variance and wavelength in rows, logarithmic wavelength in the header."""
    import numpy as np
    from astropy.io import fits

    hdu = fits.PrimaryHDU(np.ones((3, 50), "f4"))
    hdu.header.update({"OBSID": obsid, "CLASS": "STAR", "SUBCLASS": "G8", "DESIG": name, "RA": 25.5, "DEC": 41.25,
                       "Z": 1e-4, "SNRG": 31.5, "PLANID": "M31", "LMJM": 81776160, "DATE-OBS": "2011-10-24T12:00:00",
                       "EXPTIME": 1800.0, "COEFF0": 3.5682, "COEFF1": 1e-4})
    path.parent.mkdir(parents=True)
    hdu.writeto(path)
    for each in (path, *path.parents[:3]):
        each.chmod(0o644 if each is path else 0o755)


@pytest.mark.full
def test_a_moved_rd_validates_imports_and_serves_as_the_old_one_does(site):
    spectrum(site.inputs / "lamost5/data/dr5/spec-1.fits.gz", 1001, "LAMOST J01")
    spectrum(site.inputs / "lamost6/data/dr6/spec-2.fits.gz", 2002, "LAMOST J02")
    old = OLD.read_bytes()
    new = next_release(parse(old, "lamost5/q", "lamost5/q.rd"), "lamost6", now=datetime(2026, 11, 22))
    site.write(lamost5__q=old.decode(), lamost6__q=new.raw.decode())
    verdicts = site.validate("lamost5/q", "lamost6/q")
    said = {rd: [message.text for message in result.messages] for rd, result in verdicts.items()}
    assert said["lamost5/q"] == said["lamost6/q"]
    with serving(site) as server:
        server.dachs("imp", "//obscore")
        server.dachs("imp", "lamost5/q")
        server.dachs("imp", "lamost6/q")
        for release, title in (("5", "LAMOST DR5 STAR 1001"), ("6", "LAMOST DR6 STAR 2002")):
            answer = server.get(f"/lamost{release}/q/ssa/ssap.xml?REQUEST=queryData&COLLECTION=LAMOST+DR{release}")
            assert title.encode() in answer.body
            assert f"lamost{release}/q/sdl/dlmeta".encode() in answer.body
        spectrum_6 = server.get("/lamost6/q/sdl/dlget?ID=ivo://org.example/~%3Flamost6/data/dr6/spec-2.fits.gz")
        assert (spectrum_6.status, spectrum_6.body.count(b"LAMOST J02")) == (200, 1)
        server.dachs("drop", "lamost5/q")
        server.dachs("drop", "lamost6/q")
