"""DA129: sources that are not there."""

from __future__ import annotations

import os
from collections.abc import Iterator

from dachsadmin.model.finding import Confidence, Finding, Severity
from dachsadmin.rd.document import Document, Element
from dachsadmin.rd.macros import is_true
from dachsadmin.rd.named_files import absolute
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class NoSourceMatches(Rule):
    """The sources of data should be there.

    If nothing matches a pattern, `dachs imp` says nothing, and makes an empty table where a full one was. (In a
    checkout without the data this cannot be otherwise; there, ignore this rule.)

    Bad:
        <data id="import"><sources pattern="data/*.txt"/></data>
    Good:
        <data id="import"><sources pattern="data/*.csv"/></data>
    See: https://docs.g-vo.org/DaCHS/ref.html#element-sources
    """

    code, name, severity, since = "DA129", "no-source-matches", Severity.WARNING, "0.1"
    confidence = Confidence.MEDIUM
    only_with = ("sources",)

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        places = [element for element in rd.elements("sources") if not element.replayed]
        if not places:
            return
        resdir = site.resdir(rd)
        if site.kind(resdir) != "directory":
            return
        for element in places:
            if element.text.strip() and "\\" not in element.text:
                path = absolute(element.text.strip(), resdir)
                if site.kind(path) != "file":
                    yield self.finding(rd, element, f"there is no file {site.shown(path)!r}", value=element.text.strip())
            recurse = is_true(element.get("recurse"))
            for where, pattern in _patterns(element):
                if "\\" in pattern or not pattern.strip():
                    continue
                folder, base = os.path.split(absolute(pattern.strip(), resdir))
                if not site.matches(os.path.join(folder, "**", base) if recurse else os.path.join(folder, base)):
                    yield self.finding(
                        rd, where, f"no file matches {pattern.strip()!r} in {site.shown(resdir)}",
                        attribute="pattern" if where is element else "", value=pattern.strip())


def _patterns(element: Element) -> Iterator[tuple[Element, str]]:
    if "pattern" in element.attrib:
        yield element, element.attrib["pattern"]
    for child in element.children:
        if child.tag == "pattern":
            yield child, child.text
