"""DA213: quantities whose unit one must guess."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.quantities import quantities
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_NUMBERS = ("real", "double precision", "float", "smallint", "integer", "bigint", "int")
# UCD words whose quantities always have a dimension, if nothing behind them (a ratio, a code) takes it away.
_DIMENSIONED = frozenset({
    "pos.eq.ra", "pos.eq.dec", "pos.galactic.lon", "pos.galactic.lat", "pos.ecliptic.lon", "pos.ecliptic.lat",
    "pos.pm", "pos.parallax", "pos.distance", "phot.flux", "phot.flux.density", "em.wl", "em.freq", "em.energy",
    "phys.temperature", "phys.mass", "phys.veloc", "phys.angsize", "time.duration", "time.period", "time.epoch",
    "time.start", "time.end", "spect.dopplerveloc", "phot.mag", "phot.color", "phys.luminosity", "phys.size.radius",
})
_SAME_DIMENSION = frozenset({"stat.error", "stat.error.sys", "stat.min", "stat.max", "stat.mean", "stat.median",
                             "stat.stdev", "stat.rms", "stat.uncalib"})
_WITHOUT = frozenset({"arith.ratio", "arith.factor", "meta.code", "meta.number", "arith.diff"})


class QuantityWithoutUnit(Rule):
    """A number whose UCD says that it has a dimension should have a unit.

    A right ascension without unit may be degrees, hours or radians. Leaving out the unit says: a pure number.

    Bad:
        <table id="main"><column name="raj" type="double precision" ucd="pos.eq.ra;meta.main"/></table>
    Good:
        <table id="main"><column name="raj" type="double precision" unit="deg" ucd="pos.eq.ra;meta.main"/></table>
    See: VOUnits 1.1, section 1
    """

    code, name, severity, since = "DA213", "quantity-without-unit", Severity.INFO, "0.1"
    profile = "strict"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for quantity in quantities(rd):
            if quantity.unit is not None or not quantity.ucd or not quantity.judged:
                continue
            words = quantity.ucd.lower().split(";")
            lead = next((word for word in words if word not in _SAME_DIMENSION), "")
            if lead not in _DIMENSIONED or _WITHOUT & set(words) or quantity.element.get("original"):
                continue
            kind = (quantity.element.get("type") or "real").strip().lower()
            if kind in _NUMBERS:
                yield self.finding(rd, quantity.element, f"{quantity.shown} has the UCD {quantity.ucd!r}, but no unit",
                                   value=lead, subject=quantity.path)
