"""DA205: UCDs that are none."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dachsadmin.model import ucd
from dachsadmin.model.finding import Edit, Finding, Fix, Severity
from dachsadmin.rd.document import Document, Element
from dachsadmin.rd.quantities import quantities, stated
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


# The words of UCD1, which SIAP 1.0 demands in what its services return.
_UCD1 = re.compile(r"[A-Z]+(?:_[A-Z]+)*\Z")


class BadUcd(Rule):
    """A UCD must be made of words of the UCD1+ vocabulary, in the right order.

    Clients find positions, magnitudes, errors by UCD; a misspelt one is as good as none. The first word must be one
    that may come first, all others must be such that may follow: `em.wl;stat.min`, not `stat.min;em.wl`.

    Bad:
        <table id="spectra"><column name="lam_min" unit="nm" ucd="stat.min;em.wl"/></table>
    Good:
        <table id="spectra"><column name="lam_min" unit="nm" ucd="em.wl;stat.min"/></table>
    See: https://www.ivoa.net/documents/UCD1+/
    """

    code, name, severity, since = "DA205", "bad-ucd", Severity.WARNING, "0.1"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for quantity in quantities(rd):
            if quantity.ucd and "\\" not in quantity.ucd and (quantity.judged or not _UCD1.match(quantity.ucd)):
                if ucd.check(quantity.ucd).problem:
                    yield self._bad(rd, quantity.element, "ucd", quantity.ucd, quantity.path)
        for given in stated(rd, site):
            if given.kind == "ucd" and ucd.check(given.value).problem:
                yield self._bad(rd, given.element, given.attribute, given.value, given.attribute)

    def _bad(self, rd: Document, element: Element, attribute: str, text: str, subject: str) -> Finding:
        verdict = ucd.check(text)
        return self.finding(rd, element, f"the UCD {text!r} is not valid: {verdict.problem}", attribute=attribute,
                            value=text, subject=subject, hint=f"write {verdict.suggestion}" if verdict.suggestion else "",
                            fix=_fix(rd, element, attribute, text, verdict))


def _fix(rd: Document, element: Element, attribute: str, written: str, verdict: ucd.Verdict) -> Fix | None:
    span = rd.value_span(element, attribute) if verdict.suggestion else None
    if span is None or rd.raw[slice(*span)].decode(rd.encoding, "replace") != written:
        return None
    return Fix(f"write the UCD {written!r} as {verdict.suggestion!r}", (Edit(*span, verdict.suggestion),),
               safe=verdict.certain)
