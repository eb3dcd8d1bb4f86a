"""DA512: obscore contributions that are no tables of the database."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.obscore import contributions
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_MAY_SAY = frozenset({"FEED", "LOOP", "LFEED", "mixin"})


class ObscoreNeedsATableOnDisk(Rule):
    """Only tables in the database can be part of ivoa.obscore.

    DaCHS refuses an RD with an obscore mixin on a table that is not onDisk.

    Bad:
        <table id="spectra"><mixin productType="'spectrum'">//obscore#publish</mixin></table>
    Good:
        <table id="spectra" onDisk="True"><mixin productType="'spectrum'">//obscore#publish</mixin></table>
    See: DaCHS reference documentation, mixin //obscore#publish
    """

    code, name, severity, since = "DA512", "obscore-needs-a-table-on-disk", Severity.ERROR, "0.1"
    profile = "min"
    only_with = ("mixin",)

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for contribution in contributions(rd, site):
            table = contribution.table
            if table is None or contribution.element.replayed or table.replayed:
                continue
            others = [child for child in table.children if child is not contribution.element]
            if table.get("original") is not None or any(child.tag in _MAY_SAY for child in others):
                continue
            on_disk = (table.get("onDisk") or "False").strip()
            if "\\" not in on_disk and on_disk.lower() not in ("true", "yes", "t", "y", "on", "1"):
                yield self.finding(rd, contribution.element, f"table {table.get('id')!r} goes into obscore, but is not "
                                   "on disk", subject=table.get("id") or "", hint="add onDisk=\"True\" to the table")
