"""DA604: the old spelling of the meta for datalink services."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Edit, Finding, Fix, Severity
from dachsadmin.rd.document import Document
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_OLD, _NEW = b"_associatedDatalinkSvc", "_associatedDatalinkService"


class OldDatalinkSpelling(Rule):
    """`_associatedDatalinkSvc` is now called `_associatedDatalinkService`.

    The announcement of DaCHS 1.2 had the short form. DaCHS still maps it to the long one, and grumbles.

    Bad:
        <table id="spectra"><column name="did" type="text"/><meta name="_associatedDatalinkSvc">
          <meta name="serviceId">dl</meta><meta name="idColumn">did</meta></meta></table>
    Good:
        <table id="spectra"><column name="did" type="text"/><meta name="_associatedDatalinkService">
          <meta name="serviceId">dl</meta><meta name="idColumn">did</meta></meta></table>
    See: DaCHS 1.2 release notes
    """

    code, name, severity, since = "DA604", "old-datalink-spelling", Severity.INFO, "0.1"
    profile = "strict"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        if _OLD not in rd.raw:
            return
        for element in rd.elements("meta"):
            span = rd.attribute_span(element, "name")
            if span is not None and rd.raw[slice(*span)].strip() == _OLD:
                fix = Fix(f"write {_NEW}", (Edit(*span, _NEW),))
                yield self.finding(rd, element, f"{_OLD.decode()} is now spelt {_NEW}", attribute="name", fix=fix)
