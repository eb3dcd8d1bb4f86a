"""DA235: texts whose indentation DaCHS does not understand."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.texts import BadIndent, dedent
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class BadMetaIndent(Rule):
    """No line of a meta text may stand further left than its second line.

    DaCHS takes the indentation of the second line away from all others, and refuses the RD where that does not work.
    Tabs and blanks are not the same.

    Bad:
        <resource schema="res"><meta name="description">
            Stars of the southern sky
          observed in 2020
        </meta></resource>
    Good:
        <resource schema="res"><meta name="description">
            Stars of the southern sky
            observed in 2020
        </meta></resource>
    See: DaCHS reference documentation, metadata
    """

    code, name, severity, since = "DA235", "bad-meta-indent", Severity.ERROR, "0.1"
    profile = "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for element in rd.elements("meta"):
            # Without attributes it is a meta stream, which has no indentation.
            if len(element.chunks) > 1 or (element.chunks and "\n" in element.chunks[0]):
                if not element.attrib and element.child("name") is None:
                    continue
                try:
                    dedent(element.text)
                except BadIndent as bad:
                    yield self.finding(rd, rd.text_location(element, bad.line), f"this line of {element.get('name')} "
                                       "is indented less than its second line", subject=element.get("name") or "")
