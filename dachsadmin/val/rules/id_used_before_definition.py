"""DA121: references to what is defined further down."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.columns import followed
from dachsadmin.rd.document import Document
from dachsadmin.rd.references import Outcome, place_of
from dachsadmin.val.rule import Rule
from dachsadmin.val.rules.unknown_id import told
from dachsadmin.val.site import Site


class IdUsedBeforeDefinition(Rule):
    """What is referred to must stand before the reference.

    DaCHS reads an RD once, from top to bottom, and refuses references to what it has not seen yet.

    Bad:
        <data id="import"><make table="stars"/></data>
        <table id="stars"><column name="ra"/></table>
    Good:
        <table id="stars"><column name="ra"/></table>
        <data id="import"><make table="stars"/></data>
    See: https://docs.g-vo.org/DaCHS/ref.html#referring-to-other-elements
    """

    code, name, severity, since, profile = "DA121", "id-used-before-definition", Severity.ERROR, "0.1", "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for reference, target in followed(rd, site):
            if target.outcome is Outcome.LATER and target.node is not None:
                line = rd.location(place_of(target.node)).line
                yield self.finding(
                    rd, reference.element,
                    f"{told(reference)} {reference.target!r}, which is defined further down, in line {line}",
                    attribute=reference.attribute_there, value=reference.target,
                    hint=f"move <{target.kind}> {reference.target!r} up")
