"""Rule DA401: SSA tables have the indexes that their mixins make today."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.val.database_facts import DatabaseRule, has_index, imported_tables, mixins_of, remake_indexes
from dachsadmin.val.site import Site

_COMMON = (("ssa_pubdid", "btree"), ("ssa_targname", "btree"), ("ssa_location", "gist"))
_INDEXES = {"hcd": _COMMON, "mixc": _COMMON, "plainlocation": (("ssa_location", "gist"),),
            "simplecoverage": (("ssa_region", "gist"),)}
"""What the mixins of //ssap index (DaCHS 2.3 to 2.13); before 1.2, hcd and mixc indexed ssa_creatorDID instead."""


class OutdatedSsaIndexes(DatabaseRule):
    """SSA tables have the indexes that their mixins make today.

    DaCHS 1.2 changed which columns the SSA mixins index, but the tables keep the indexes that they were imported with:
    searches by publisher DID and by position then read the whole table. Making the indexes anew needs no re-import,
    but some time; name the data element that makes the table, since `dachs imp -I` fails on in-memory tables.

    Bad:
        <table id="data" onDisk="True" mixin="//ssap#hcd"/><data id="import"><make table="data"/></data>
    Good:
        <table id="data" mixin="//ssap#hcd"/>
    See: https://blog.g-vo.org/dachs-1-2-is-out.html
    """

    code, name, severity, since = "DA401", "outdated-ssa-indexes", Severity.WARNING, "0.1"

    def ask(self, rd: Document, site: Site) -> Iterator[Finding]:
        for own, facts in imported_tables(rd, site):
            if facts.kind not in ("table", "materialized"):
                continue
            wanted = {index for mixin in mixins_of(own.node) if mixin.startswith("//ssap#")
                      for index in _INDEXES.get(mixin.partition("#")[2].lower(), ())}
            lacking = sorted(column for column, method in wanted
                             if facts.column(column) and not has_index(facts, (column,), method))
            if lacking:
                yield self.finding(rd, own.node.site, f"table {own.full_name} has no index on {', '.join(lacking)}, "
                                   "as the SSA mixins make them today", subject=own.full_name,
                                   hint=remake_indexes(rd, own, site))
