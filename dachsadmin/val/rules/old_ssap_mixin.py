"""DA624: spectra with the mixins of before DaCHS 1.3."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_MIXIN = re.compile(r"\s*(?:__system__/|//)ssap#(hcd|mixc)\s*\Z")


class OldSsapMixin(Rule):
    """Tables of spectra should be made with //ssap#view.

    The mixins //ssap#hcd and //ssap#mixc put much that never changes into each row. With //ssap#view, since DaCHS 1.3,
    the table has what varies, and a view adds the rest. The old ones still work.

    Bad:
        <table id="data" onDisk="True" mixin="//ssap#mixc"/>
    Good:
        <table id="data" onDisk="True" mixin="//ssap#view"/>
    See: https://blog.g-vo.org/a-new-view-on-ssap-in-dachs/
    """

    code, name, severity, since = "DA624", "old-ssap-mixin", Severity.INFO, "0.1"
    profile = "strict"
    only_with = ("mixin",)

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for element in rd.elements("mixin"):
            match = _MIXIN.match(element.text)
            if match:
                yield self.finding(rd, element, f"//ssap#{match[1]} is superseded by //ssap#view", value=match[1])
        for table in rd.elements("table"):
            match = _MIXIN.match(table.attrib.get("mixin", ""))
            if match:
                yield self.finding(rd, table, f"//ssap#{match[1]} is superseded by //ssap#view", attribute="mixin",
                                   value=match[1])
