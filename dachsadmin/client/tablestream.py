"""Reads VOSI documents of tables table by table, so that a large one is not kept."""

from __future__ import annotations

import io
from dataclasses import dataclass

from dachsadmin.client import vosi


@dataclass(frozen=True)
class Tables:
    """What a document has: its root element, the attribute version of that, and its tables."""

    tag: str
    version: str
    tables: tuple[vosi.Table, ...]


def read(content: bytes, what: str) -> Tables:
    """The tables of a tableset, or the one of a document about a single table. Raises NotUnderstood if it is no XML."""
    from lxml import etree

    found: list[vosi.Table] = []
    events = etree.iterparse(io.BytesIO(content), events=("end",), resolve_entities=False, no_network=True, load_dtd=False,
                             remove_comments=True, remove_pis=True)
    try:
        for _, element in events:
            if vosi.local(element) == "table" and vosi.local(element.getparent()) in ("schema", ""):
                found.append(vosi.table(element))
                if element is not events.root:
                    element.clear()
    except (etree.XMLSyntaxError, ValueError) as error:
        raise vosi.no_xml(content, what, error) from None
    vosi.demand_plain(events.root, what)
    return Tables(str(events.root.tag), events.root.get("version", ""), tuple(found))


def root_of(content: bytes, what: str) -> str:
    """The name of the root element, without its namespace. Raises NotUnderstood if it is no XML."""
    from lxml import etree

    try:
        _, element = next(iter(etree.iterparse(io.BytesIO(content), events=("start",), resolve_entities=False, no_network=True)))
        return vosi.local(element)
    except (etree.XMLSyntaxError, ValueError, StopIteration) as error:
        raise vosi.no_xml(content, what, error) from None
