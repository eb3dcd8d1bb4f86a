"""DA614: backslashes in what tests ask for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

# One letter makes no macro, and two backslashes make one. (2.13, measured)
_MACRO = re.compile(r"\\\\|\\([A-Za-z_]\w+)")


class BackslashInTestUrl(Rule):
    """Attributes of test URLs are expanded like all others since DaCHS 2.12.

    A backslash with a name behind it begins a macro there. If DaCHS has no macro of that name, the RD does not load;
    what was an ordinary backslash until 2.11 must now be written twice.

    Bad:
        <regSuite><regTest title="t"><url QUERY="select 'a\\name'">/tap/sync</url><code>pass</code></regTest></regSuite>
    Good:
        <regSuite><regTest title="t"><url QUERY="select 'a\\\\name'">/tap/sync</url><code>pass</code></regTest>
        </regSuite>
    See: DaCHS 2.12 release notes
    """

    code, name, severity, since = "DA614", "backslash-in-test-url", Severity.ERROR, "0.1"
    profile = "min"
    only_with = ("url",)

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        if site.language.numbers < (2, 12):
            return
        known = site.language.macros(site.language.root) | {
            name for name in (element.get("name") for element in rd.elements("macDef")) if name}
        for url in rd.elements("url"):
            if url.replayed:
                continue
            given = [*url.attrib.items(), *((child.tag, child.text) for child in url.children)]
            for name, value in given:
                odd = next((match for match in _MACRO.finditer(value) if match[1] and match[1] not in known), None)
                if odd is not None:
                    yield self.finding(rd, url, f"since DaCHS 2.12, {odd[0]} in {name} is taken for a macro, which it "
                                       "is not", attribute=name, value=value, hint="write the backslash twice")
