"""Rule DA406: What DaCHS has noted about RDs is about RDs that exist."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.val.database_facts import kept_in
from dachsadmin.val.rule import SiteRule
from dachsadmin.val.site import Site


class RecordWithoutRd(SiteRule):
    """What DaCHS has noted about RDs is about RDs that exist.

    When an RD is renamed, moved or deleted without `dachs drop`, its tables and registry records stay. They cannot be
    served any more, and the RD under its new name stumbles over them ("duplicate key").

    Bad:
        dc.tablemeta has tables of lamost5/q, and there is no inputs/lamost5/q.rd
    Good:
        dachs drop -f lamost5/q
    See: DaCHS operator's guide, dachs drop
    """

    code, name, severity, since = "DA406", "record-without-rd", Severity.WARNING, "0.1"

    def check_site(self, site: Site) -> Iterator[Finding]:
        if site.database is None:
            return
        kept: dict[str, set[str]] = {}
        for record in site.database.records():
            if record.rd and not record.rd.startswith(("__system__/", "//", "%")):
                kept.setdefault(record.rd, set()).add(record.kept_in)
        for rd_id, places in sorted(kept.items()):
            if site.kind(site.path_of(rd_id)) == "absent":
                yield self.of_site(rd_id, site, f"{kept_in(places)} {rd_id}, but there is no such RD",
                                   subject=rd_id, hint=f"run 'dachs drop -f {rd_id}'")
