"""DA126: ids that are given twice."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.expansion import written_ids
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class DuplicateId(Rule):
    """An id belongs to one element only.

    DaCHS takes the last element with an id for what every later reference means; with tables, both end up as one
    table in the database, and whichever is imported last wins.

    Bad:
        <table id="stars"><column name="ra"/></table>
        <table id="stars"><column name="mag"/></table>
    Good:
        <table id="stars"><column name="ra"/></table>
        <table id="magnitudes"><column name="mag"/></table>
    See: https://docs.g-vo.org/DaCHS/ref.html#referring-to-other-elements
    """

    code, name, severity, since = "DA126", "duplicate-id", Severity.WARNING, "0.1"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for name, elements in written_ids(rd).items():
            if len(elements) > 1 and "\\" not in name:
                first = f"<{elements[0].tag}> in line {rd.location(elements[0]).line}"
                for element in elements[1:]:
                    yield self.finding(rd, element, f"the id {name!r} of <{element.tag}> is already that of {first}",
                                       attribute="id", value=name, subject=name)
