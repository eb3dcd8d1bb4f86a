"""DA138: output and sort columns that do not exist."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd import references
from dachsadmin.rd.columns import queried_table, scopes_in
from dachsadmin.rd.document import Document
from dachsadmin.rd.expansion import Node, all_nodes
from dachsadmin.rd.language import suggest
from dachsadmin.rd.references import Outcome, Reference, place_of
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class UnknownOutputColumn(Rule):
    """What autoCols and sortKey name must be columns of the table at hand.

    A name in autoCols that is no column keeps the RD from loading; a pattern that matches nothing is silently
    ignored, and so is anything with a dot in it. A sortKey that is no column fails with the first query.

    Bad:
        <table id="stars"><column name="ra"/><column name="mag"/></table>
        <service id="q"><dbCore queriedTable="stars" sortKey="magnitude"/>
          <outputTable autoCols="ra, mag"/></service>
    Good:
        <table id="stars"><column name="ra"/><column name="mag"/></table>
        <service id="q"><dbCore queriedTable="stars" sortKey="mag"/>
          <outputTable autoCols="ra, mag"/></service>
    See: https://docs.g-vo.org/DaCHS/ref.html#element-outputtable
    """

    code, name, severity, since, profile = "DA138", "unknown-output-column", Severity.ERROR, "0.1", "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for table in all_nodes(rd, site, "outputTable"):
            yield from self._auto_columns(rd, table, site)
        for core in all_nodes(rd, site, *references.TABLE_CORES):
            for name in _words(core.get("sortKey")):
                known = queried_table(core, site)
                if name.isidentifier() and known.complete and not known.has_in_database(name):
                    yield self._unknown(rd, core, "sortKey", name, "the queried table", suggest(name, known.columns))

    def _auto_columns(self, rd: Document, table: Node, site: Site) -> Iterator[Finding]:
        words = _words(table.get("autoCols"))
        tables = list(scopes_in(table, site)) if words else []
        for name in words:
            if name.isidentifier():
                if all(known.lacks(name) for known in tables) and references.look_up(
                        Reference(table, "autoCols", name, frozenset()), rd, site).outcome is Outcome.MISSING:
                    near = suggest(name, [known for columns in tables for known in columns.columns])
                    yield self._unknown(rd, table, "autoCols", name, "the table at hand", near)
            elif tables[0].complete and not fnmatch.filter(tables[0].columns, name):
                yield self._unknown(rd, table, "autoCols", name, "the table at hand", "", Severity.WARNING)

    def _unknown(self, rd: Document, node: Node, attribute: str, name: str, table: str, near: str,
                 severity: Severity | None = None) -> Finding:
        place = place_of(node)
        message = f"{name!r} in {attribute} " + ("matches no column of " if severity else "is no column of ") + table
        return self.finding(rd, place, message, attribute=attribute if place is node.element else "", value=name,
                            severity=severity, hint=f"write {near!r}" if near else "")


def _words(written: str | None) -> list[str]:
    if not written or "\\" in written:
        return []
    return [word.strip() for word in written.split(",") if word.strip()]

