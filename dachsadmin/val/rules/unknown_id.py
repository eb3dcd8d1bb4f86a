"""DA120: references to ids that the RD does not have."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.columns import followed, scopes
from dachsadmin.rd.document import Document
from dachsadmin.rd.language import suggest
from dachsadmin.rd.references import Outcome, Reference, ids
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class UnknownId(Rule):
    """A reference must lead to something.

    DaCHS refuses an RD in which a table, rowmaker, core, stream or column is referred to that does not exist.
    Where a column is wanted (`original`, `buildFrom`), the names of the columns of the table at hand will do, too.

    Bad:
        <table id="stars"><column name="ra"/></table>
        <data id="import"><make table="star"/></data>
    Good:
        <table id="stars"><column name="ra"/></table>
        <data id="import"><make table="stars"/></data>
    See: https://docs.g-vo.org/DaCHS/ref.html#referring-to-other-elements
    """

    code, name, severity, since, profile = "DA120", "unknown-id", Severity.ERROR, "0.1", "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for reference, target in followed(rd, site):
            if target.outcome is Outcome.MISSING:
                tables = scopes(reference, site) if reference.attribute in ("original", "buildFrom") else []
                names = [name for table in tables for name in (*table.columns, *table.params)]
                near = suggest(reference.target, {*ids(rd, site).nodes, *names})
                what = "is neither a column at hand nor an id" if tables else "is no id"
                yield self.finding(
                    rd, reference.element, f"{told(reference)} {reference.target!r}, which {what} in this RD",
                    attribute=reference.attribute_there, value=reference.target,
                    hint=f"write {near!r}" if near else "")


def told(reference: Reference) -> str:
    """The beginning of a sentence about a reference."""
    element = reference.node.element
    if reference.attribute:
        return f"{reference.attribute} of <{element.tag}> refers to"
    return f"<{element.tag}> refers to"
