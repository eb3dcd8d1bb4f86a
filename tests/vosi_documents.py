"""VOSI documents as tests want them: a small good set, and what two documents say apart from how they are written."""

from __future__ import annotations

from lxml import etree

from dachsadmin.client.vosi import Column, ForeignKey, Schema, Table

STARS = Table("s.stars", (
    Column("id", "char", "*", flags=("indexed", "primary"), description="A <name> & \"more\""),
    Column("ra", "double", "", "deg", "pos.eq.ra;meta.main", "stc:ra", "Right ascension", statistics=(("median", "0.5"),)),
    Column('"B mag"', "float", "", "mag"), Column("place", "double", "2", xtype="point")), title="Stars", nrows="3")
SPECTRA = Table("s.spectra", (Column("star", "char", "*"), Column("größe", "short", "")),
                (ForeignKey("s.stars", (("star", "id"),)),), description="Of stars")
ODD = Table('s."Odd é/name.1"', (Column("x", "int", "3x2*"),), role="output")
SCHEMAS = (Schema("s", (STARS, SPECTRA, ODD), description="A schema"), Schema("empty", ()))

_SORTED = {"schema", "table", "foreignKey"}


def canonical(document: bytes) -> object:
    """What a document says: the same for two that differ in blanks, prefixes, and the order of schemas, tables and keys."""
    return _canonical(etree.fromstring(document))


def _canonical(element):
    children = [_canonical(child) for child in element if isinstance(child.tag, str)]
    children = [child for child in children if child[2] or child[3] or child[0] == "name"]
    ordered = sorted((child for child in children if child[0] in _SORTED), key=repr)
    attributes = sorted((name, value.rpartition(":")[2] if name.endswith("}type") else value)
                        for name, value in element.attrib.items() if not name.endswith("}schemaLocation"))
    text = " ".join((element.text or "").split())
    return element.tag, tuple(attributes), text, tuple(child for child in children if child[0] not in _SORTED) + tuple(ordered)
