"""DA314: cone searches over tables without position or identifier."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd import references
from dachsadmin.rd.columns import Columns, columns_of_target
from dachsadmin.rd.document import Document
from dachsadmin.rd.expansion import Node, all_nodes, children
from dachsadmin.rd.references import Reference, place_of
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_POSITION = (("pos.eq.ra;meta.main", "POS_EQ_RA_MAIN"), ("pos.eq.dec;meta.main", "POS_EQ_DEC_MAIN"))
_IDENTIFIER = ("meta.id;meta.main", "ID_MAIN")


class ConeSearchWithoutPosition(Rule):
    """A cone search needs one main position and a main identifier.

    In the table that an scsCore queries, exactly one column each must have the UCD `pos.eq.ra;meta.main` and
    `pos.eq.dec;meta.main`: DaCHS refuses the RD otherwise. Without a column `meta.id;meta.main` the answers are no
    valid cone search answers.

    Bad:
        <table id="stars"><column name="ra" ucd="pos.eq.ra"/><column name="dec" ucd="pos.eq.dec"/></table>
        <service id="q" allowed="scs.xml"><scsCore queriedTable="stars"/></service>
    Good:
        <table id="stars">
          <column name="name" type="text" ucd="meta.id;meta.main"/>
          <column name="ra" ucd="pos.eq.ra;meta.main"/><column name="dec" ucd="pos.eq.dec;meta.main"/>
        </table>
        <service id="q" allowed="scs.xml"><scsCore queriedTable="stars"/></service>
    See: Simple Cone Search 1.03, section 2.2
    """

    code, name, severity, since = "DA314", "cone-search-without-position", Severity.ERROR, "0.1"
    profile = "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for core in all_nodes(rd, site, "scsCore"):
            reference = core.get("queriedTable")
            if not reference or "\\" in reference:
                continue
            target = references.look_up(Reference(core, "queriedTable", reference, frozenset()), rd, site)
            ucds = _ucds(columns_of_target(target, site))
            if ucds is None:
                continue
            for wanted in _POSITION:
                count = sum(ucd in wanted for ucd in ucds)
                if count != 1:
                    yield self._wrong(rd, core, reference, wanted[0], count, Severity.ERROR)
            has_own_output = any(child.tag == "outputTable" or child.unknown for child in children(core, site))
            if not has_own_output and sum(ucd in _IDENTIFIER for ucd in ucds) != 1:
                yield self._wrong(rd, core, reference, _IDENTIFIER[0], sum(ucd in _IDENTIFIER for ucd in ucds),
                                  Severity.WARNING)

    def _wrong(self, rd: Document, core: Node, table: str, ucd: str, count: int, severity: Severity) -> Finding:
        place = place_of(core)
        how_many = "no column" if not count else f"{count} columns"
        return self.finding(
            rd, place, f"table {table} has {how_many} with the UCD {ucd}; a cone search needs one",
            attribute="queriedTable" if place is core.element else "", value=ucd, subject=table, severity=severity)


def _ucds(columns: Columns) -> list[str] | None:
    """The UCDs of a table's columns; None if they are not all known."""
    if not columns.complete:
        return None
    found = []
    for column in columns.columns.values():
        if column is None or column.element.parent is None or column.get("original") is not None:
            return None
        ucd = column.get("ucd") or ""
        if "\\" in ucd:
            return None
        found.append(ucd.strip())
    return found
