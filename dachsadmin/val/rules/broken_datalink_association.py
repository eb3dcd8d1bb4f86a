"""DA516: datalink services and columns that tables name in vain."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.columns import columns_of
from dachsadmin.rd.document import Document, Element
from dachsadmin.rd.expansion import Node
from dachsadmin.rd.references import Outcome, Reference, look_up
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_NAMES = ("_associatedDatalinkService", "_associatedDatalinkSvc")


class BrokenDatalinkAssociation(Rule):
    """The datalink service of a table, and the column with the identifiers, must exist.

    DaCHS adds a service descriptor to everything that has rows of the table, so that clients can get at links. With a
    serviceId or idColumn that does not exist, its validation fails and clients see no links.

    Bad:
        <resource schema="res"><table id="spectra"><column name="pub_did" type="text"/>
          <meta name="_associatedDatalinkService">
            <meta name="serviceId">dl</meta><meta name="idColumn">pubdid</meta></meta></table>
          <service id="dl"><datalinkCore/></service></resource>
    Good:
        <resource schema="res"><table id="spectra"><column name="pub_did" type="text"/>
          <meta name="_associatedDatalinkService">
            <meta name="serviceId">dl</meta><meta name="idColumn">pub_did</meta></meta></table>
          <service id="dl"><datalinkCore/></service></resource>
    See: DaCHS reference documentation, datalink and SODA
    """

    code, name, severity, since = "DA516", "broken-datalink-association", Severity.ERROR, "0.1"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        if b"_associatedDatalink" not in rd.raw:
            return
        for element in rd.elements("meta"):
            table = element.parent
            if element.get("name") not in _NAMES or element.replayed or table is None or table.tag != "table":
                continue
            parts = {child.get("name"): child for child in element.children if child.tag == "meta"}
            if any(child.tag != "meta" for child in element.children):
                continue
            for part in ("serviceId", "idColumn"):
                if part not in parts:
                    yield self.finding(rd, element, f"there is no {part} in the {element.get('name')} of table "
                                       f"{table.get('id')!r}", subject=table.get("id") or "")
            yield from self._service(rd, parts.get("serviceId"), table, site)
            yield from self._column(rd, parts.get("idColumn"), table, site)

    def _service(self, rd: Document, part: Element | None, table: Element, site: Site) -> Iterator[Finding]:
        wanted = part.text.strip() if part is not None else ""
        if part is None or not wanted or "\\" in wanted:
            return
        target = look_up(Reference(Node(part, rd), "", wanted, frozenset({"service"}), late=True), rd, site)
        if target.outcome in (Outcome.MISSING, Outcome.MISSING_THERE, Outcome.NO_RD):
            yield self.finding(rd, part, f"there is no service {wanted!r} for the datalinks of table "
                               f"{table.get('id')!r}", value=wanted, subject=table.get("id") or "")

    def _column(self, rd: Document, part: Element | None, table: Element, site: Site) -> Iterator[Finding]:
        wanted = part.text.strip() if part is not None else ""
        if part is None or not wanted or "\\" in wanted:
            return
        if columns_of(Node(table, rd), site).lacks(wanted):
            yield self.finding(rd, part, f"table {table.get('id')!r} has no column {wanted!r} for its datalinks",
                               value=wanted, subject=table.get("id") or "")
