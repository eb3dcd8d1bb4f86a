"""DA125: references to things of the wrong kind."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.columns import followed
from dachsadmin.rd.document import Document
from dachsadmin.rd.expansion import UNSEEN
from dachsadmin.rd.references import CORES, PROC_APPS, Outcome
from dachsadmin.val.rule import Rule
from dachsadmin.val.rules.unknown_id import told
from dachsadmin.val.site import Site


class WrongKindOfReference(Rule):
    """A reference must lead to what is wanted there.

    A make wants a table, a service wants a core, an apply wants a procDef; anything else makes DaCHS fail, often
    with a message that is hard to understand.

    Bad:
        <table id="stars"><column name="ra"/></table>
        <data id="import"><make table="stars"/></data>
        <service id="q" core="stars"/>
    Good:
        <table id="stars"><column name="ra"/></table>
        <data id="import"><make table="stars"/></data>
        <service id="q"><dbCore queriedTable="stars"/></service>
    See: https://docs.g-vo.org/DaCHS/ref.html#referring-to-other-elements
    """

    code, name, severity, since, profile = "DA125", "wrong-kind-of-reference", Severity.ERROR, "0.1", "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for reference, target in followed(rd, site):
            if target.outcome not in (Outcome.FOUND, Outcome.LATER) or not reference.wanted or not target.kind:
                continue
            if target.kind in reference.wanted or target.kind == UNSEEN:
                continue
            if reference.wanted is CORES and target.kind.endswith("Core"):
                continue
            yield self.finding(
                rd, reference.element,
                f"{told(reference)} {reference.target!r}, which is <{target.kind}>, not {_wanted(reference.wanted)}",
                attribute=reference.attribute_there, value=reference.target)


def _wanted(wanted: frozenset[str]) -> str:
    if wanted is CORES:
        return "a core"
    if wanted >= PROC_APPS:
        return "<procDef>"
    return " or ".join(f"<{tag}>" for tag in sorted(wanted))
