"""What the rules on database facts share: the tables of an RD that are imported, and their indexes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dachsadmin.errors import EnvironmentFault
from dachsadmin.model.database import TableFacts
from dachsadmin.model.finding import Finding
from dachsadmin.rd.document import Document
from dachsadmin.rd.expansion import Node, children
from dachsadmin.rd.sql import OwnTable, own_tables
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_TRUE = frozenset({"true", "yes", "on", "1", "t", "y"})


class DatabaseRule(Rule):
    """A rule that compares an RD with the database that its tables were imported into."""

    stage = "database"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        if site.database is None or site.database.scratch:
            return
        try:
            yield from self.ask(rd, site)
        except EnvironmentFault as fault:
            site.lose_database(fault)

    def ask(self, rd: Document, site: Site) -> Iterator[Finding]:
        """Yield what is wrong; `site.database` is there and has what was imported."""
        raise NotImplementedError


def imported_tables(rd: Document, site: Site) -> Iterator[tuple[OwnTable, TableFacts]]:
    """The on-disk tables of an RD that the database has."""
    assert site.database is not None
    for own in own_tables(rd, site).by_name.values():
        if is_on_disk(own.node):
            facts = site.database.table(own.full_name)
            if facts is not None:
                yield own, facts


def is_on_disk(table: Node) -> bool:
    return (table.get("onDisk") or "").strip().lower() in _TRUE


def has_index(facts: TableFacts, columns: tuple[str, ...], method: str) -> bool:
    """Whether a table has an index that begins with these columns (in lower case)."""
    return any(index.method == method and tuple(column.strip('"') for column in index.columns[:len(columns)]) == columns
               for index in facts.indexes)


def mixins_of(table: Node) -> list[str]:
    """The mixins that a table names itself."""
    named = [child.text.strip() for child in table.element.children if child.tag == "mixin"]
    return [table.fill(name) for name in (table.element.attrib.get("mixin", "").strip(), *named) if name]


def remake_indexes(rd: Document, own: OwnTable, site: Site) -> str:
    """The command that makes a table's indexes anew."""
    maker = _maker(rd, own, site)
    return f"run 'dachs imp -I {rd.rd_id}{' ' + maker if maker else ''}' when few people use it"


def _maker(rd: Document, own: OwnTable, site: Site) -> str:
    """The id of the data element that makes a table, `` if it is not known or has none."""
    assert rd.root is not None
    for node in children(Node(rd.root, rd), site):
        if node.tag == "data" and node.get("id"):
            for child in children(node, site):
                if child.tag == "make" and (child.get("table") or "").strip() == own.name:
                    return node.get("id") or ""
    return ""


def kept_in(places: Iterable[str]) -> str:
    """`dc.tablemeta and tap_schema.tables have`: the beginning of a sentence about rows that are there."""
    names = sorted(set(places))
    return f"{' and '.join(names)} {'has' if len(names) == 1 else 'have'}"
