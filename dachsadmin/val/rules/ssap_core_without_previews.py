"""DA605: spectral services that hide their previews."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

# What is sought begins with plain text: so it is found ten times as fast.
_MAKES_PREVIEWS = re.compile(
    rb"""preview(?:(?:(?<=key=["']preview)|(?<=name=["']preview))["']\s*>(?!\s*(?:NULL|None|""|'')?\s*<)"""
    rb"""|Dir(?<=["']previewDir)["'])""")


class SsapCoreWithoutPreviews(Rule):
    """An ssapCore should have the property `previews` where there are previews.

    Since DaCHS 1.2, SSAP services only have a preview column if the core's property previews is `auto`.

    Bad:
        <resource schema="res"><ssapCore id="c" queriedTable="data"/>
          <data id="import"><fitsProdGrammar><rowfilter procDef="//products#define">
            <bind key="table">"res.data"</bind><bind key="preview">\\standardPreviewPath</bind>
          </rowfilter></fitsProdGrammar></data></resource>
    Good:
        <resource schema="res"><ssapCore id="c" queriedTable="data"><property name="previews">auto</property></ssapCore>
          <data id="import"><fitsProdGrammar><rowfilter procDef="//products#define">
            <bind key="table">"res.data"</bind><bind key="preview">\\standardPreviewPath</bind>
          </rowfilter></fitsProdGrammar></data></resource>
    See: DaCHS 1.2 release notes
    """

    code, name, severity, since = "DA605", "ssap-core-without-previews", Severity.INFO, "0.1"
    profile = "strict"
    only_with = ("ssapCore",)

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        if b"\\standardPreviewPath" not in rd.raw and not _MAKES_PREVIEWS.search(rd.raw):
            return
        for core in rd.elements("ssapCore"):
            known = any(child.tag == "property" and "previews" in (child.get("name"), child.get("key"))
                        for child in core.children)
            if not known and core.get("original") is None:
                yield self.finding(rd, core, "the RD makes previews, but its ssapCore does not show them",
                                   hint="add <property name=\"previews\">auto</property> to the ssapCore")
