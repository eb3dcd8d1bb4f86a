"""DA229: DOIs that DaCHS does not recognise."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dachsadmin.model.finding import Edit, Finding, Fix, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.metas import Meta, written
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_DOI = re.compile(r"(?:doi:)?[0-9.]+/")
_WITHIN = re.compile(r"10\.[0-9.]+/\S+")


class BadDoi(Rule):
    """A doi meta must be a bare DOI, such as 10.21938/abc, or one with `doi:` before it.

    DaCHS refuses the RD if it does not begin with digits and dots before a slash; so a URL will not do.

    Bad:
        <resource schema="res"><meta name="doi">https://doi.org/10.21938/abc</meta></resource>
    Good:
        <resource schema="res"><meta name="doi">10.21938/abc</meta></resource>
    See: DaCHS reference documentation, metadata
    """

    code, name, severity, since = "DA229", "bad-doi", Severity.ERROR, "0.1"
    profile = "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for meta in written(rd):
            if meta.key == "doi" and meta.value and not _DOI.match(meta.value) and not (
                    "\\" in meta.value and meta.element.replayed):
                better = _WITHIN.search(meta.value)
                yield self.finding(rd, meta.location(rd), f"{meta.value!r} is no DOI for DaCHS", value=meta.value,
                                   hint=f"write {better[0]}" if better else "", fix=_fix(rd, meta, better))


def _fix(rd: Document, meta: Meta, better: re.Match[str] | None) -> Fix | None:
    start = rd.raw.find(meta.value.encode(rd.encoding, "replace"), rd.tag_end(meta.element), meta.element.end_offset)
    if better is None or start < 0 or "&" in meta.value:
        return None
    return Fix(f"write the DOI as {better[0]}", (Edit(start, start + len(meta.value.encode(rd.encoding)), better[0]),))
