"""DA201: units that nobody else knows."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.model.vounits import Kind, Unit, parse
from dachsadmin.rd.document import Document, Element
from dachsadmin.rd.quantities import odd_units, stated
from dachsadmin.val.rule import Rule
from dachsadmin.val.rules.bad_unit import unit_fix, unit_hint
from dachsadmin.val.site import Site


class UnlistedUnit(Rule):
    """A unit should be made of the symbols that VOUnits lists.

    Others may be written, even in quotes, but no client can convert them. Often there is a listed symbol for the
    same thing (`deg` for `degree`), or what stands there is no unit (`MJD` is a way to count days, so the unit is
    `d`; the frame belongs into UCD, xtype or description).

    Bad:
        <table id="main"><column name="pos_ang" unit="degree"/></table>
    Good:
        <table id="main"><column name="pos_ang" unit="deg"/></table>
    See: VOUnits 1.1, section 2.4
    """

    code, name, severity, since = "DA201", "unlisted-unit", Severity.WARNING, "0.1"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for quantity, unit in odd_units(rd):
            if _is_unlisted(unit, site):
                yield self._unlisted(rd, quantity.element, "unit", unit, quantity.path)
        for given in stated(rd, site):
            unit = parse(given.value)
            if given.kind == "unit" and _is_unlisted(unit, site):
                yield self._unlisted(rd, given.element, given.attribute, unit, given.attribute)

    def _unlisted(self, rd: Document, element: Element, attribute: str, unit: Unit, subject: str) -> Finding:
        if unit.kind is Kind.PREFIX:
            message = f"VOUnits allows no prefix in the unit {unit.text!r}: {unit.problem}"
        elif unit.text.lower() == "unknown":
            message = f"the unit {unit.text!r} says that there is a unit, but not which"
        elif unit.symbols == (unit.text,):
            message = f"the unit {unit.text!r} is not in VOUnits' list"
        else:
            message = f"the unit {unit.text!r} has {', '.join(unit.symbols)}, which is not in VOUnits' list"
        return self.finding(rd, element, message, attribute=attribute, value=unit.text, subject=subject,
                            hint=unit_hint(unit), fix=unit_fix(rd, element, attribute, unit))


def _is_unlisted(unit: Unit, site: Site) -> bool:
    version = site.language.numbers
    if unit.kind not in (Kind.UNKNOWN, Kind.PREFIX) or unit.readable_since is None or unit.readable_since > version:
        return False
    # Who quotes a unit knows that nobody else knows it; DaCHS since 2.11 takes their word.
    return unit.kind is Kind.PREFIX or version < (2, 11) or not all("'" in word for word in unit.symbols)
