"""DA128: resource directories that are not there."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class MissingResourceDirectory(Rule):
    """The resource directory must exist.

    All files of an RD are looked for there. Without `resdir` it is the directory below inputsDir that is called like
    the schema; `resdir="."` means the directory that the RD is in, wherever that is.

    Bad:
        <resource schema="stars" resdir="catalogues"><table id="t"><column name="ra"/></table></resource>
    Good:
        <resource schema="stars" resdir="."><table id="t"><column name="ra"/></table></resource>
    See: https://docs.g-vo.org/DaCHS/ref.html#element-resource
    """

    code, name, severity, since = "DA128", "missing-resource-directory", Severity.WARNING, "0.1"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        assert rd.root is not None
        wanted = rd.root.get("resdir")
        if "\\" in (wanted or "") or rd.rd_id.startswith(("//", "__system__/", "%")):
            return
        resdir = site.resdir(rd)
        if (wanted or rd.root.get("schema")) and site.kind(resdir) != "directory":
            yield self.finding(
                rd, rd.root, f"there is no resource directory {site.shown(resdir)!r}",
                attribute="resdir" if wanted else "schema",
                hint="write resdir=\".\"" if wanted is None else "")
