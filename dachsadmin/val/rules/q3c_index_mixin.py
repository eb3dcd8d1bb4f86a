"""DA629: position indexes that DaCHS wants to do without."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_MIXIN = re.compile(r"\s*(?:__system__/|//)scs#q3cindex\s*\Z")


class Q3cIndexMixin(Rule):
    """Positions are better indexed with //scs#pgs-pos-index.

    Since DaCHS 2.1 that is preferred to //scs#q3cindex: pgsphere's index serves all geometry of ADQL, and DaCHS wants
    to need q3c no more one day. For very large tables, q3c is still faster. Run `dachs imp -I` after the change.

    Bad:
        <table id="main" onDisk="True" mixin="//scs#q3cindex"/>
    Good:
        <table id="main" onDisk="True" mixin="//scs#pgs-pos-index"/>
    See: DaCHS 2.1 release notes
    """

    code, name, severity, since = "DA629", "q3c-index-mixin", Severity.INFO, "0.1"
    profile = "strict"
    only_with = ("mixin",)

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for element in rd.elements("mixin"):
            if _MIXIN.match(element.text):
                yield self.finding(rd, element, "//scs#pgs-pos-index is preferred to //scs#q3cindex")
        for table in rd.elements("table"):
            if _MIXIN.match(table.attrib.get("mixin", "")):
                yield self.finding(rd, table, "//scs#pgs-pos-index is preferred to //scs#q3cindex", attribute="mixin")
