"""Check DP420: cone-search."""

from __future__ import annotations

import math
from collections.abc import Iterator

from dachsadmin.client.votable import Votable, wrap
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.probe.centre import Centre, Service, place_of_test
from dachsadmin.probe.check import Check

_UCDS = {"an identifier": ("ID_MAIN", "meta.id;meta.main"), "a right ascension": ("POS_EQ_RA_MAIN", "pos.eq.ra;meta.main"),
         "a declination": ("POS_EQ_DEC_MAIN", "pos.eq.dec;meta.main")}


class ConeSearch(Check):
    """A cone search finds objects, all of them within the cone.

    The cone is the one that the service gives as its test (meta testQuery.ra, .dec and .sr), else the whole sky. Clients
    find identifier and position by their UCDs. If objects outside of the cone come back, the position that is searched
    is not the one that is shown: often radians, or hours, where degrees should be.

    See:
        SCS 1.03 (https://www.ivoa.net/documents/latest/ConeSearch.html)
    """

    code, name, severity, since = "DP420", "cone-search", Severity.ERROR, "0.1"
    asks = ("scs",)

    def check(self, centre: Centre, service: Service) -> Iterator[Finding]:
        found = wrap(centre.found(service).votable)
        found.demand_success("the cone search")
        columns = {}
        for what, ucds in _UCDS.items():
            columns[what] = _with_ucd(found, ucds)
            if columns[what] is None:
                yield self.finding(service, f"the answer has no column for {what} (UCD {ucds[1]})", subject=what)
        if not found.rows:
            yield self.finding(service, "the service finds nothing where its test query asks", severity=Severity.WARNING)
        longitude, latitude = columns["a right ascension"], columns["a declination"]
        if found.rows and longitude is not None and latitude is not None:
            centre_of, radius = place_of_test(service)
            outside = [place for place in zip(found.values(longitude), found.values(latitude))
                       if None not in place and distance(centre_of, place) > radius + 1e-4]
            if outside:
                yield self.finding(service, f"{len(outside)} of {found.rows} objects are outside of the cone of {radius:g} "
                                   f"degrees around {centre_of[0]:g} {centre_of[1]:g}, such as {outside[0][0]:g} "
                                   f"{outside[0][1]:g}")


def _with_ucd(found: Votable, ucds: tuple[str, ...]) -> object:
    wanted = {ucd.lower() for ucd in ucds}
    return next((field for field in (found.table.fields if found.table is not None else ())
                 if (field.ucd or "").lower() in wanted), None)


def distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    """The angle between two places (right ascension and declination), in degrees."""
    ra1, dec1, ra2, dec2 = map(math.radians, (*one, *other))
    half = math.sin((dec2 - dec1) / 2) ** 2 + math.cos(dec1) * math.cos(dec2) * math.sin((ra2 - ra1) / 2) ** 2
    return math.degrees(2 * math.asin(min(1.0, math.sqrt(half))))
