"""DA613: tests that fetch products in a way of long ago."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_KEY = re.compile(r"getproduct/?\?(?:[^\s]*&)?key=")


class GetproductKey(Rule):
    """Products cannot be fetched by getproduct?key=... any more.

    DaCHS 2.10 removed that form of URLs; the path goes behind getproduct/ now. A test with the old form fails after
    the upgrade.

    Bad:
        <regSuite><regTest title="A product"><url key="res/data/a.fits">/getproduct</url><code>pass</code></regTest>
        </regSuite>
    Good:
        <regSuite><regTest title="A product"><url>/getproduct/res/data/a.fits</url><code>pass</code></regTest>
        </regSuite>
    See: DaCHS 2.10 release notes
    """

    code, name, severity, since = "DA613", "getproduct-key", Severity.WARNING, "0.1"
    only_with = ("url",)

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        if b"getproduct" not in rd.raw or site.language.numbers < (2, 10):
            return
        for url in rd.elements("url"):
            text = url.text.strip()
            if _KEY.search(text) or (url.get("key") is not None and text.rstrip("/").endswith("getproduct")):
                yield self.finding(rd, url, "DaCHS has no getproduct?key= since 2.10", value="getproduct",
                                   hint="write the path of the product behind getproduct/")
