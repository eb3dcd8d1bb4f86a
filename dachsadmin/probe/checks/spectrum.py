"""Check DP401: spectrum."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dachsadmin.client import votable
from dachsadmin.client.vo import understood
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.probe import spectra
from dachsadmin.probe.centre import Centre, Service
from dachsadmin.probe.check import Check

class Spectrum(Check):
    """The access reference of an SSA row leads to a spectrum that clients can plot.

    TOPCAT's “Plot Table” and SPLAT fetch it and look for columns with the utypes of the Spectral Data Model's spectral
    and flux axes. DaCHS makes such a VOTable with the mixin //ssap#sdm-instance and a Datalink service behind the
    access reference. A spectral axis without a unit cannot be drawn together with others.

    See:
        Spectrum Data Model 1.1 (https://www.ivoa.net/documents/SpectrumDM/)
    """

    code, name, severity, since = "DP401", "spectrum", Severity.ERROR, "0.1"
    asks = ("ssa",)

    def check(self, centre: Centre, service: Service) -> Iterator[Finding]:
        for row in list(filter(_is_spectrum, centre.found(service)))[:1]:
            url = _behind_links(centre, str(row.getdataurl() or ""), str(row.format or ""))
            if not url:
                continue
            answer = centre.web.get(url)
            if answer.status != 200 or not answer.body:
                yield self.finding(service, f"an access reference answers with HTTP status {answer.status}"
                                   + ("" if answer.body else " and nothing else"), url=url)
            elif answer.body.startswith((b"SIMPLE  =", b"\x1f\x8b")):
                yield self.finding(service, "an access reference leads to a FITS file, in which clients have to guess the "
                                   "axes", url=url, severity=Severity.INFO)
            else:
                with understood("the spectrum"):
                    yield from self._spectrum(service, row, url, answer.body)

    def _spectrum(self, service: Service, row: Any, url: str, content: bytes) -> Iterator[Finding]:
        found = spectra.read(content, "the spectrum")
        for axis, field in (("spectral", found.spectral), ("flux", found.flux)):
            if field is None:
                yield self.finding(service, f"the spectrum has no column with the utype of the {axis} axis", url=url,
                                   subject=axis)
        if found.spectral is None or found.flux is None:
            return
        if not found.table.rows:
            yield self.finding(service, "the spectrum has no points", url=url)
        elif not found.metres:
            yield self.finding(service, f"the unit of the spectral axis ({found.spectral.unit or 'none'}) is none of a "
                               "wavelength, frequency or energy", url=url, severity=Severity.WARNING)
        elif (limits := spectra.limits(row)) and (
                max(found.metres) < limits[0] * 0.999 or min(found.metres) > limits[1] * 1.001):
            yield self.finding(service, f"the spectrum covers {min(found.metres):g} to {max(found.metres):g} m, and SSA says "
                               f"{limits[0]:g} to {limits[1]:g} m", url=url)
        if found.table.rows and not any(value == value and value is not None
                                        for value in found.table.values(found.flux)):
            yield self.finding(service, "the spectrum has no flux that is a number", url=url)


def _is_spectrum(row: Any) -> bool:
    """Time series come through SSA, too, and have other axes."""
    return str(row.getbyutype("ssa:Dataset.Type") or "spectrum").lower() == "spectrum"


def _behind_links(centre: Centre, url: str, media_type: str) -> str:
    """Where the spectrum is: behind #this, if the access reference leads to a Datalink document."""
    if "content=datalink" not in media_type:
        return url
    links = votable.read(centre.web.get(url), "the Datalink document of a spectrum").records("semantics", "access_url")
    return next((str(link["access_url"]) for link in links if link["semantics"] == "#this"), "")
