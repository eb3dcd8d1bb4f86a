"""DA202: units that VOUnits keeps for old data only."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Confidence, Finding, Severity
from dachsadmin.model.vounits import Kind
from dachsadmin.rd.document import Document
from dachsadmin.rd.quantities import odd_units
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_INSTEAD = {"Angstrom": "10**-10m or nm", "angstrom": "10**-10m or nm", "erg": "10**-7J", "G": "10**-4T",
            "barn": "10**-28m**2", "Ba": "yr", "ta": "yr"}


class DeprecatedUnit(Rule):
    """VOUnits lists the unit as deprecated.

    Angstrom, erg, barn, gauss and the Besselian and tropical years are understood everywhere, but the IAU has
    advised against them since 1989. Nothing breaks; who writes new data may want SI units.

    Bad:
        <table id="spectra"><column name="wavelength" unit="Angstrom"/></table>
    Good:
        <table id="spectra"><column name="wavelength" unit="nm"/></table>
    See: VOUnits 1.1, section 2.5, note 3
    """

    code, name, severity, since = "DA202", "deprecated-unit", Severity.INFO, "0.1"
    confidence, profile = Confidence.HIGH, "strict"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for quantity, unit in odd_units(rd):
            if unit.kind is Kind.DEPRECATED:
                old = ", ".join(unit.symbols)
                better = next((_INSTEAD[base] for base in _INSTEAD if unit.symbols[0].endswith(base)), "")
                yield self.finding(rd, quantity.element, f"VOUnits deprecates {old}, which is in the unit "
                                   f"{unit.text!r}", attribute="unit", value=unit.text, subject=quantity.path,
                                   hint=f"for new data, think of {better}" if better else "")
