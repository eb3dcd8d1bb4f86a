"""DA142: names that are reserved words."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.adql import RESERVED, RESERVED_BY_DACHS
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.expansion import Node, all_nodes
from dachsadmin.rd.fields import fields
from dachsadmin.rd.references import place_of
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class ReservedName(Rule):
    """Tables, columns and schemas should not be called like words of the query language.

    DaCHS refuses a table with such a name. A column with such a name can only be queried in quotes, which users
    cannot guess; clients that write queries by themselves fail.

    Bad:
        <table id="stars" onDisk="True" adql="True"><column name="size"/></table>
    Good:
        <table id="stars" onDisk="True" adql="True"><column name="ang_size"/></table>
    See: ADQL 2.1, section 2.1.3
    """

    code, name, severity, since = "DA142", "reserved-name", Severity.WARNING, "0.1"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for table in all_nodes(rd, site, "table", "outputTable"):
            name = table.get("id") or ""
            if name.upper() in RESERVED_BY_DACHS:
                yield self._reserved(rd, table, "id", f"DaCHS refuses a table called {name!r}: that is a reserved word",
                                     name, Severity.ERROR)
        for column, name, _type in fields(rd, site):
            if name.upper() in RESERVED_BY_DACHS and column.tag == "column":
                whose = "ADQL" if name.upper() in RESERVED else "DaCHS's ADQL"
                message = f"the column name {name!r} is a reserved word of {whose}"
                yield self._reserved(rd, column, "name", message, name)
        assert rd.root is not None
        schema = rd.root.get("schema") or ""
        if schema.upper() in RESERVED:
            yield self._reserved(rd, Node(rd.root, rd), "schema",
                                 f"the schema name {schema!r} is a reserved word: dachs imp will fail", schema,
                                 Severity.ERROR)

    def _reserved(self, rd: Document, node: Node, attribute: str, message: str, name: str,
                  severity: Severity | None = None) -> Finding:
        place = place_of(node)
        return self.finding(rd, place, message, attribute=attribute if place is node.element else "", value=name,
                            subject=name, severity=severity)
