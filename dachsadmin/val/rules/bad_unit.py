"""DA200: units that cannot be read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dachsadmin.model.finding import Edit, Finding, Fix, Severity
from dachsadmin.model.vounits import Kind, Unit, parse
from dachsadmin.rd.document import Document, Element
from dachsadmin.rd.quantities import odd_units, stated
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_DISPLAY_UNIT = re.compile(r"displayUnit=([^,]*)")


class BadUnit(Rule):
    """A unit must be a VOUnit that DaCHS can read.

    Clients convert by the unit; one that cannot be parsed is lost on them, and DaCHS itself fails where it should
    convert (`displayUnit`, `inputUnit`, ADQL's IN_UNIT). Units are multiplied with a dot, powers are written with
    two stars, there is one slash at most, and no blank.

    Bad:
        <table id="spectra"><column name="flux" unit="erg sec-1 cm-2"/></table>
    Good:
        <table id="spectra"><column name="flux" unit="erg.s**-1.cm**-2"/></table>
    See: VOUnits 1.1, section 2
    """

    code, name, severity, since = "DA200", "bad-unit", Severity.ERROR, "0.1"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        version = site.language.numbers
        for quantity, unit in odd_units(rd):
            if unit.text and (unit.readable_since is None or unit.readable_since > version):
                severity = Severity.ERROR if quantity.judged else Severity.WARNING
                yield self._bad(rd, quantity.element, "unit", unit, quantity.path, severity)
        for given in stated(rd, site):
            unit = parse(given.value)
            if given.kind == "unit" and (unit.readable_since is None or unit.readable_since > version):
                yield self._bad(rd, given.element, given.attribute, unit, given.attribute,
                                Severity.ERROR if given.judged else Severity.WARNING)
        for element in rd.elements("inputKey"):
            unit = parse((element.get("inputUnit") or "").strip())
            if unit.text and "\\" not in unit.text and unit.readable_since is None:
                yield self._bad(rd, element, "inputUnit", unit, element.get("name") or "", Severity.ERROR)
        if b"displayUnit" in rd.raw:
            yield from self._display_units(rd)

    def _display_units(self, rd: Document) -> Iterator[Finding]:
        for element in rd.elements("column", "outputField", "param"):
            wanted = _DISPLAY_UNIT.search(element.get("displayHint") or "")
            if wanted and "\\" not in wanted[1]:
                unit = parse(wanted[1].strip())
                if unit.text and unit.readable_since is None:
                    yield self._bad(rd, element, "displayHint", unit, element.get("name") or "", Severity.WARNING)

    def _bad(self, rd: Document, element: Element, attribute: str, unit: Unit, subject: str,
             severity: Severity) -> Finding:
        return self.finding(rd, element, f"DaCHS cannot read the unit {unit.text!r}: {_reason(unit)}",
                            attribute=attribute, value=unit.text, subject=subject, severity=severity,
                            hint=unit_hint(unit), fix=unit_fix(rd, element, attribute, unit))


def _reason(unit: Unit) -> str:
    if unit.kind is Kind.SYNTAX:
        return f"{unit.problem} (character {unit.column})"
    if unit.kind is Kind.PREFIX:
        return unit.problem
    if unit.readable_since is not None:
        return "known since DaCHS " + ".".join(map(str, unit.readable_since))
    return "it is valid in VOUnits 1.1, but DaCHS up to 2.13 does not know that form"


def unit_hint(unit: Unit) -> str:
    """What to write instead of a unit, as an imperative."""
    if unit.text == "1":
        return "leave the unit out: no unit means a pure number"
    if unit.suggestion is None:
        return ""
    return f"write {unit.suggestion.text}" if unit.suggestion.text else "leave the unit out"


def unit_fix(rd: Document, element: Element, attribute: str, unit: Unit) -> Fix | None:
    """Replace a unit by what it should be, where that is known."""
    if unit.suggestion is None or not unit.suggestion.text or attribute == "displayHint":
        return None
    span = rd.value_span(element, attribute)
    if span is None or rd.raw[slice(*span)].decode(rd.encoding, "replace") != unit.text:
        return None
    return Fix(f"write the unit {unit.text!r} as {unit.suggestion.text!r}", (Edit(*span, unit.suggestion.text),),
               safe=unit.suggestion.certain)
