"""Rule DA407: The ivoa.obscore view has what contributes to it."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.database import Obscore
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.report.wording import counted
from dachsadmin.val.rule import SiteRule
from dachsadmin.val.site import Site


class ObscoreWantsRemaking(SiteRule):
    """The ivoa.obscore view has what contributes to it.

    Dropping a contributing table with CASCADE takes the whole view along, `dachs imp -m //obscore` then makes an empty
    one in its place without a word, and the metadata of ObsCore 1.0 stays until somebody makes them anew (DaCHS 1.2).

    Bad:
        ivoa._obscoresources has lamost6.data, ivoa.obscore has not
    Good:
        dachs imp //obscore
    See: https://www.ivoa.net/documents/ObsCore/
    """

    code, name, severity, since = "DA407", "obscore-wants-remaking", Severity.WARNING, "0.1"

    def check_site(self, site: Site) -> Iterator[Finding]:
        found = site.database.obscore() if site.database is not None else None
        if found is not None:
            why = _why(found)
            if why:
                yield self.of_site("//obscore", site, why, subject="ivoa.obscore", hint="run 'dachs imp //obscore'")
            elif found.old_utypes:
                old = "TAP_SCHEMA describes ivoa.obscore with the utypes of ObsCore 1.0"
                yield self.of_site("//obscore", site, old, subject="ivoa.obscore", severity=Severity.INFO,
                                   hint="run 'dachs imp -m //obscore'")


def _why(found: Obscore) -> str:
    if not found.view:
        return "there is no view ivoa.obscore"
    if found.stub:
        tables = counted(len(found.contributors), "table")
        return f"ivoa.obscore is an empty stub, though {tables} should be in it" if found.contributors else ""
    if found.missing:
        more = f" and {len(found.missing) - 3} more" if len(found.missing) > 3 else ""
        return f"ivoa.obscore lacks {', '.join(found.missing[:3])}{more}"
    return ""
