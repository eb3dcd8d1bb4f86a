"""DA622: resource directories by name."""

from __future__ import annotations

import os
from collections.abc import Iterator

from dachsadmin.model.finding import Edit, Finding, Fix, Severity
from dachsadmin.rd.document import Document
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class ResdirNotDot(Rule):
    """The resource directory is best written as a dot.

    Since DaCHS 2.6, resdir="." means the directory in which the RD is, wherever that is: the resource can be moved
    and mirrored. This RD names the same directory, or takes the schema for it.

    Bad:
        <resource schema="res" resdir="res"><meta name="title">Stars</meta></resource>
    Good:
        <resource schema="res" resdir="."><meta name="title">Stars</meta></resource>
    See: DaCHS 2.6 release notes
    """

    code, name, severity, since = "DA622", "resdir-not-dot", Severity.INFO, "0.1"
    profile = "strict"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        assert rd.root is not None
        wanted = rd.root.get("resdir")
        if site.language.numbers < (2, 6) or wanted == "." or "/" not in rd.rd_id or rd.rd_id.startswith("__"):
            return
        if "\\" in (wanted or rd.root.get("schema") or ""):
            return
        if site.resdir(rd) != os.path.dirname(site.path_of(rd.rd_id)):
            return
        span = rd.attribute_span(rd.root, "resdir" if wanted is not None else "schema")
        fix = None
        if span is not None:
            edit = Edit(*span, ".") if wanted is not None else Edit(span[1] + 1, span[1] + 1, ' resdir="."')
            fix = Fix('write resdir="."', (edit,))
        yield self.finding(rd, rd.root, "the resource directory is that of the RD, but is not written as '.'",
                           attribute="resdir" if wanted is not None else "", value=wanted or "", fix=fix,
                           hint="write resdir=\".\"")
