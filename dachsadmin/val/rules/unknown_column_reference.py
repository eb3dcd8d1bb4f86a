"""DA124: references to columns that a table does not have."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd import references
from dachsadmin.rd.columns import columns_of_target, followed
from dachsadmin.rd.document import Document
from dachsadmin.rd.language import load, since, suggest
from dachsadmin.rd.references import Outcome
from dachsadmin.val.rule import Rule
from dachsadmin.val.rules.unknown_id import told
from dachsadmin.val.site import Site


class UnknownColumnReference(Rule):
    """The column in a reference like `table.column` must exist.

    DaCHS minds case here. The columns that a mixin or stream brings count; those of DaCHS's own tables change from
    version to version.

    Bad:
        <table id="stars"><column name="ra"/></table>
        <table id="more"><column original="stars.RA"/></table>
    Good:
        <table id="stars"><column name="ra"/></table>
        <table id="more"><column original="stars.ra"/></table>
    See: https://docs.g-vo.org/DaCHS/ref.html#referring-to-other-elements
    """

    code, name, severity, since, profile = "DA124", "unknown-column-reference", Severity.ERROR, "0.1", "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for reference, target in followed(rd, site):
            if target.outcome is not Outcome.MISSING_MEMBER:
                continue
            container, _, name = reference.target.rpartition(".")
            table = references.look_up(references.Reference(reference.node, "", container, frozenset()), rd, site)
            known = columns_of_target(table, site)
            near = suggest(name, {*known.columns, *known.params})
            history = ""
            if table.builtin is not None:
                versions = tuple(version for version in site.language.versions() if has(version, container, name))
                history = since(versions, site.language.version)
            message = f"{told(reference)} {reference.target!r}, but {container} has no column or param {name!r}"
            yield self.finding(rd, reference.element, message + (f" ({history})" if history else ""),
                               attribute=reference.attribute_there, value=reference.target,
                               hint=f"write '{container}.{near}'" if near else "")


def has(version: str, container: str, name: str) -> bool:
    """Whether a table of DaCHS's own has a column in some version."""
    table = load(version).resolve(container)
    return table is not None and (name in table.columns or name in table.params)
