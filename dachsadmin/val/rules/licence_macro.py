"""DA637: licences that only humans can read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_MACRO = re.compile(rb"\\(RSTcc0|RSTccby(?:sa)?)\b")
_STREAMS = {b"RSTcc0": "license-cc0", b"RSTccby": "license-cc-by", b"RSTccbysa": "license-cc-by-sa"}


class LicenceMacro(Rule):
    r"""Licences are better declared with the streams of //procs than with macros.

    The macros RSTcc0, RSTccby and RSTccbysa make a text. The streams license-cc0 and so on also set the rights URI,
    which goes into the registry and into VOTables, where programs find it.

    Bad:
        <resource schema="res"><meta name="copyright" format="rst">\RSTcc0{The survey}</meta></resource>
    Good:
        <resource schema="res"><FEED source="//procs#license-cc0" what="The survey"/></resource>
    See: DaCHS reference documentation, macro RSTcc0
    """

    code, name, severity, since = "DA637", "licence-macro", Severity.INFO, "0.1"
    profile = "strict"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        if b"\\RSTcc" not in rd.raw:
            return
        for element in rd.elements("meta"):
            match = _MACRO.search(rd.raw, rd.tag_end(element), element.end_offset)
            if match and not element.replayed and not any(child.tag == "meta" for child in element.children):
                yield self.finding(rd, rd.location_at(match.start()), f"{match[0].decode()} makes a text, but no "
                                   "rights URI", value=match[1].decode(),
                                   hint=f"use <FEED source=\"//procs#{_STREAMS[match[1]]}\" what=\"...\"/>")
