"""DA143: names that are no identifiers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dachsadmin.model.adql import REGULAR
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.expansion import Node, all_nodes
from dachsadmin.rd.fields import fields
from dachsadmin.rd.macros import is_true
from dachsadmin.rd.references import place_of
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_LONGEST = 63
_NOT_ADQL = "no regular identifier of ADQL"


class IrregularName(Rule):
    """Names of columns, tables and schemas are made of letters, digits and underscores, and begin with a letter.

    DaCHS refuses other characters in columns and schemas; with tables on disk the import fails. A name that begins
    with an underscore DaCHS takes, but it is no regular identifier of ADQL: other services' tools stumble over it.
    PostgreSQL cuts names after 63 characters.

    Bad:
        <table id="stars-2024" onDisk="True"><column name="mag(V)"/></table>
    Good:
        <table id="stars_2024" onDisk="True"><column name="mag_v"/></table>
    See: ADQL 2.1, section 2.1.4
    """

    code, name, severity, since, profile = "DA143", "irregular-name", Severity.ERROR, "0.1", "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        assert rd.root is not None
        schema = rd.root.get("schema") or ""
        if schema and "\\" not in schema and not _IDENTIFIER.match(schema):
            yield self._irregular(rd, Node(rd.root, rd), "schema", "schema", schema, "DaCHS refuses the RD")
        for table in all_nodes(rd, site, "table"):
            name = table.get("id") or ""
            if name and "\\" not in name and is_true(table.get("onDisk")):
                if not _IDENTIFIER.match(name):
                    yield self._irregular(rd, table, "id", "table", name, "dachs imp will fail")
                elif not REGULAR.match(name) and is_true(table.get("adql")):
                    yield self._irregular(rd, table, "id", "table", name, _NOT_ADQL, Severity.INFO)
        for column, name, _type in fields(rd, site):
            if not REGULAR.match(name) or len(name) > _LONGEST:
                yield from self._column(rd, column, name)

    def _column(self, rd: Document, column: Node, name: str) -> Iterator[Finding]:
        if not name or "\\" in name or name.startswith("quoted/"):
            return
        if not _IDENTIFIER.match(name):
            yield self._irregular(rd, column, "name", column.tag, name, "DaCHS refuses the RD")
        elif len(name) > _LONGEST and column.tag == "column":
            yield self._irregular(rd, column, "name", "column", name, f"PostgreSQL cuts it after {_LONGEST} characters")
        elif not REGULAR.match(name) and column.tag == "column" and column.parent is not None:
            if is_true(column.parent.get("adql")):
                yield self._irregular(rd, column, "name", "column", name, _NOT_ADQL, Severity.INFO)

    def _irregular(self, rd: Document, node: Node, attribute: str, what: str, name: str, consequence: str,
                   severity: Severity | None = None) -> Finding:
        place = place_of(node)
        return self.finding(rd, place, f"the {what} name {name!r} is irregular: {consequence}",
                            attribute=attribute if place is node.element else "", value=name, subject=name,
                            severity=severity)
