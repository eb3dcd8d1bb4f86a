"""DA617: ADQL functions under the names of before DaCHS 2.9."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dachsadmin.model.finding import Edit, Finding, Fix, Severity
from dachsadmin.rd.document import Document
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

# The old name still works; the new ones are the same functions. (2.9 to 2.13, measured)
_NEW = {b"gavo_to_mjd": "ivo_to_mjd", b"gavo_to_jd": "ivo_to_jd", b"gavo_histogram": "ivo_histogram",
        b"gavo_transform": "ivo_geom_transform", b"gavo_normal_random": "ivo_normal_random"}
_OLD = re.compile(rb"\b(gavo_(?:to_mjd|to_jd|histogram|transform|normal_random))(?=\s*\()")


class OldAdqlFunction(Rule):
    """Examples should call ADQL functions by the names that the IVOA has for them.

    Since DaCHS 2.9, gavo_to_mjd, gavo_transform and others are called ivo_to_mjd, ivo_geom_transform and so on, as in
    the IVOA's catalogue of user-defined functions, so that queries run on other servers, too. The old names still work.

    Bad:
        <resource schema="res"><meta name="_example" title="Now">Try select gavo_to_mjd(t) from a.b</meta></resource>
    Good:
        <resource schema="res"><meta name="_example" title="Now">Try select ivo_to_mjd(t) from a.b</meta></resource>
    See: DaCHS 2.9 release notes; Catalogue of ADQL User Defined Functions 1.0
    """

    code, name, severity, since = "DA617", "old-adql-function", Severity.INFO, "0.1"
    profile = "strict"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        if site.language.numbers < (2, 9) or b"gavo_" not in rd.raw:
            return
        for element in rd.elements("meta"):
            if element.get("name") != "_example":
                continue
            for match in _OLD.finditer(rd.raw, rd.tag_end(element), element.end_offset):
                new = _NEW[match[1]]
                old = match[1].decode()
                yield self.finding(rd, rd.location_at(match.start()), f"{old} is called {new} since DaCHS 2.9",
                                   value=old, hint=f"write {new}",
                                   fix=Fix(f"write {new}", (Edit(match.start(1), match.end(1), new),)))
