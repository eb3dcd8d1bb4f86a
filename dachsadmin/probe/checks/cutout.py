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

    Where links of several rows were asked for at once, as iter_datalinks() does, processed() of pyVO (1.2 to 1.9) asks the
    service of the first of them, and the cutout is of another object. That is information, for those who write scripts:
    process(band=...) asks the link's own service.

    See:
        SODA 1.0 (https://www.ivoa.net/documents/SODA/)
    """

    code, name, severity, since = "DP303", "cutout", Severity.ERROR, "0.1"
    asks = ("links",)

    def check(self, centre: Centre, service: Service) -> Iterator[Finding]:
        import astropy.units

        mistaken = False
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
            source = found.table.params().get("spectrum.curation.publisherdid") or processing.identifier
            if source != processing.identifier and not mistaken:
                mistaken = True
                yield self.finding(service, f"pyVO's processed(band=...) cuts {_name(source)}, and the link is of "
                                   f"{_name(processing.identifier)}", url=processing.url, severity=Severity.INFO,
                                   hint="in scripts, write process(band=...), which asks the service of the link itself")
            outside = [at for at in found.metres if not low * (1 - 1e-6) <= at <= high * (1 + 1e-6)]
            if not found.metres:
                yield self.finding(service, f"a cutout within the spectrum ({low:g} to {high:g} m) has no points",
                                   url=processing.url)
            if outside:
                yield self.finding(service, f"a cutout of {low:g} to {high:g} m has {len(outside)} of {len(found.metres)} "
                                   f"points outside, such as {outside[0]:g} m", url=processing.url)


def _name(identifier: str) -> str:
    return identifier.rpartition("?")[2]
