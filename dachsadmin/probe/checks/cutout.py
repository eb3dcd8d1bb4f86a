"""Check DP303: cutout."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.client import vo
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.probe import spectra
from dachsadmin.probe.centre import Centre, Service
from dachsadmin.probe.check import Check


class Cutout(Check):
    """A cutout has what was asked for: points within the spectral range (BAND), and nothing outside.

    pyVO's iter_procs() and processed(band=...) do the same. If points outside come back, the dataFunction does not cut,
    or cuts in other units than those of the spectrum; if none do, BAND is not understood.

    See:
        SODA 1.0 (https://www.ivoa.net/documents/SODA/)
    """

    code, name, severity, since = "DP303", "cutout", Severity.ERROR, "0.1"
    asks = ("links",)

    def check(self, centre: Centre, service: Service) -> Iterator[Finding]:
        import astropy.units

        for processing in spectra.processings(centre.linked(service)):
            low, high = processing.part(0.4, 0.5)
            with vo.understood("the cutout"):
                stream = processing.row.processed(band=(low, high) * astropy.units.m)
                content = stream.read()
            if not content:
                yield self.finding(service, f"a cutout within the spectrum ({low:g} to {high:g} m) has nothing",
                                   url=processing.url)
                continue
            found = spectra.read(content, "the cutout")
            outside = [at for at in found.metres if not low * (1 - 1e-6) <= at <= high * (1 + 1e-6)]
            if not found.metres:
                yield self.finding(service, f"a cutout within the spectrum ({low:g} to {high:g} m) has no points",
                                   url=processing.url)
            if outside:
                yield self.finding(service, f"a cutout of {low:g} to {high:g} m has {len(outside)} of {len(found.metres)} "
                                   f"points outside, such as {outside[0]:g} m", url=processing.url)
