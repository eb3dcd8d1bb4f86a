"""DA230: examples that DaCHS refuses."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.metas import written
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class ExampleWithoutTitle(Rule):
    """An `_example` meta needs a title attribute.

    DaCHS makes the headline and the link of the example from it, and refuses the RD without one. A title meta within
    the example comes too late for it.

    Bad:
        <resource schema="res"><service id="s"><nullCore/>
          <meta name="_example">Try this.</meta></service></resource>
    Good:
        <resource schema="res"><service id="s"><nullCore/>
          <meta name="_example" title="A try">Try this.</meta></service></resource>
    See: DALI 1.1, section 2.3
    """

    code, name, severity, since = "DA230", "example-without-title", Severity.ERROR, "0.1"
    profile = "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for meta in written(rd):
            if meta.key == "_example" and (meta.line or meta.element.get("title") is None):
                yield self.finding(rd, meta.location(rd), "an _example has no title",
                                   hint="add title=\"...\" to the meta element")
