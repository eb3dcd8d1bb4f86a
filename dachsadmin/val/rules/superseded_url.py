"""DA607: where a resource went, told in a way that DaCHS does not hear."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class SupersededUrl(Rule):
    """The property superseded-url has no effect any more.

    Until DaCHS 2.3 it told users of a dropped resource where to go. Since 2.4 that is the meta `superseded`, a text
    for humans.

    Bad:
        <resource schema="res"><property name="superseded-url">http://example.org/new</property></resource>
    Good:
        <resource schema="res"><meta name="superseded" format="rst">Use the `new one &lt;http://example.org/new&gt;`_
        </meta></resource>
    See: DaCHS 2.4 release notes
    """

    code, name, severity, since = "DA607", "superseded-url", Severity.WARNING, "0.1"
    only_with = ("property",)

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        if b"superseded-url" not in rd.raw or site.language.numbers < (2, 4):
            return
        for element in rd.elements("property"):
            if "superseded-url" in (element.get("name"), element.get("key")):
                target = element.text.strip()
                yield self.finding(rd, element, "the property superseded-url has no effect since DaCHS 2.4",
                                   value=target, hint="replace it by <meta name=\"superseded\" format=\"rst\">... "
                                   f"{target} ...</meta>")
