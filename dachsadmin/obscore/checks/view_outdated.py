"""Check DO101: view-outdated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.obscore.check import Check
from dachsadmin.obscore.contributions import branches, is_stub
from dachsadmin.obscore.survey import Survey


class ViewOutdated(Check):
    """The view ivoa.obscore is made of the contributions as they are.

    `dachs imp -m` writes a contribution anew, but not the view; an import that failed half-way, or a contribution that was
    deleted by hand, leaves them apart, too. The next import of anything that contributes changes the view without a
    word, or fails. `dachsadmin obscore reimport` makes the view anew, and compares its rows with those of now first.

    See:
        The reference of DaCHS, //obscore (https://docs.g-vo.org/DaCHS/ref.html)
    """

    code, name, severity, since = "DO101", "view-outdated", Severity.WARNING, "0.3"

    def check(self, survey: Survey) -> Iterator[Finding]:
        if survey.live.kind != "view" or is_stub(survey.live):
            return
        left = Counter(branches(survey.live.definition))
        hint = "run 'dachsadmin obscore reimport'"
        for part in survey.all_parts:
            wanted = Counter(survey.expected.get(part.table, []))
            if wanted and not wanted <= left:
                yield self.finding(f"ivoa.obscore does not have the contribution of {part.table} as it is now", part=part,
                                   location=survey.place(part), hint=hint)
            left -= wanted
        if left and survey.tried.keys() == survey.expected.keys():
            yield self.finding("ivoa.obscore has rows that no contribution gives (any more)", hint=hint)
