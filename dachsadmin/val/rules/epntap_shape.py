"""DA608: EPN-TAP tables in the words of before DaCHS 2.7."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dachsadmin.model.finding import Edit, Finding, Fix, Severity
from dachsadmin.rd.document import Document
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_MIXIN = re.compile(r"\s*(?:__system__/|//)epntap2#table-2_0\s*\Z")


class EpntapShape(Rule):
    """The parameter `shape` of //epntap2#table-2_0 is now called `coverage`.

    DaCHS 2.7 renamed it; an RD with the old name does not load any more. Import the table again afterwards.

    Bad:
        <table id="epn_core" onDisk="True">
          <mixin spatial_frame_type="body" shape="spoly">//epntap2#table-2_0</mixin></table>
    Good:
        <table id="epn_core" onDisk="True">
          <mixin spatial_frame_type="body" coverage="spoly">//epntap2#table-2_0</mixin></table>
    See: DaCHS 2.7 release notes
    """

    code, name, severity, since = "DA608", "epntap-shape", Severity.WARNING, "0.1"
    only_with = ("mixin",)

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        if b"epntap2#table-2_0" not in rd.raw or site.language.numbers < (2, 7):
            return
        for element in rd.elements("mixin"):
            if _MIXIN.match(element.text) and element.get("shape") is not None:
                span = rd.attribute_span(element, "shape")
                fix = None
                if span is not None and element.get("coverage") is None:
                    start = rd.raw.rfind(b"shape", element.offset, span[0])
                    fix = Fix("rename shape to coverage", (Edit(start, start + len("shape"), "coverage"),))
                yield self.finding(rd, element, "since DaCHS 2.7, the parameter shape of //epntap2#table-2_0 is called "
                                   "coverage", attribute="shape", value="shape", fix=fix,
                                   hint=f"rename it, then run 'dachs imp {rd.rd_id}'")
