"""DA635: data that used to be remade with others."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.macros import is_true
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class DependentsNotRemade(Rule):
    """What depends on updating data is not remade unless it says so.

    Since DaCHS 1.4, importing into data with updating="True" leaves the data that it names in recreateAfter alone.
    Statistics and other derived tables grow old silently. Where they should follow, the dependent data needs
    remakeOnDataChange="True"; where that is not wanted, say remakeOnDataChange="False".

    Bad:
        <resource schema="res"><data id="import" updating="True"><recreateAfter>stats</recreateAfter></data>
          <data id="stats" auto="False"/></resource>
    Good:
        <resource schema="res"><data id="import" updating="True"><recreateAfter>stats</recreateAfter></data>
          <data id="stats" auto="False" remakeOnDataChange="True"/></resource>
    See: DaCHS 1.4 release notes
    """

    code, name, severity, since = "DA635", "dependents-not-remade", Severity.INFO, "0.1"
    profile = "strict"
    only_with = ("recreateAfter",)

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        by_id = {element.get("id"): element for element in rd.elements("data")}
        for data in rd.elements("data"):
            if not is_true(data.get("updating")):
                continue
            for child in data.children:
                dependent = by_id.get(child.text.strip()) if child.tag == "recreateAfter" else None
                if dependent is not None and dependent.get("remakeOnDataChange") is None \
                        and dependent.get("original") is None:
                    yield self.finding(rd, child, f"data {dependent.get('id')!r} is not remade when new data come into "
                                       f"{data.get('id')!r}", subject=dependent.get("id") or "",
                                       hint="set remakeOnDataChange on it, to True or to False")
