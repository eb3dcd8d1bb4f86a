"""VOSI documents as tests want them: what writes them, a small good set, and what two documents say apart from how."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lxml import etree

from dachsadmin.client.vosi import Column, ForeignKey, Schema, Table

_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_VOSI = "http://www.ivoa.net/xml/VOSITables/v1.0"
_STATISTICS = "http://dc.g-vo.org/ColStats-1"
_NAMESPACES = {"vosi": _VOSI, "vs": "http://www.ivoa.net/xml/VODataService/v1.1", "xsi": _XSI, "stat": _STATISTICS}


def tableset(schemas: Iterable[Schema], *, columns: bool = True) -> bytes:
    """All tables: with `columns` what detail=max gives, without what detail=min gives."""
    root = _root("tableset")
    for schema in schemas:
        element = _below(root, "schema")
        _texts(element, name=schema.name, title=schema.title, description=schema.description, utype=schema.utype)
        for one in schema.tables:
            _write_table(_below(element, "table"), one, columns)
    return _written(root)


def table(one: Table) -> bytes:
    """All of one table, its foreign keys included (VOSI 1.1, 3.3)."""
    root = _root("table")
    _write_table(root, one, True)
    return _written(root)


def _write_table(element: Any, one: Table, columns: bool) -> None:
    """What is in a table, in the order of VODataService 1.2, 3.3."""
    if one.role:
        element.set("type", one.role)
    _texts(element, name=one.name, title=one.title, description=one.description, utype=one.utype, nrows=one.nrows)
    if columns:
        for column in one.columns:
            _write_column(_below(element, "column"), column)
        for key in one.keys:
            _write_key(_below(element, "foreignKey"), key)


def _write_column(element: Any, column: Column) -> None:
    for name, value in column.statistics:
        element.set(f"{{{_STATISTICS}}}{name}", value)
    _texts(element, name=column.name, description=column.description, unit=column.unit, ucd=column.ucd, utype=column.utype)
    if column.datatype:
        datatype = _below(element, "dataType")
        datatype.set(f"{{{_XSI}}}type", f"vs:{column.system}")
        for name, value in (("arraysize", column.arraysize), ("extendedType", column.xtype)):
            if value:
                datatype.set(name, value)
        datatype.text = column.datatype
    for flag in column.flags:
        _texts(element, flag=flag)


def _write_key(element: Any, key: ForeignKey) -> None:
    _texts(element, targetTable=key.target)
    for here, there in key.columns:
        _texts(_below(element, "fkColumn"), fromColumn=here, targetColumn=there)
    _texts(element, description=key.description, utype=key.utype)


def _root(name: str) -> Any:
    return etree.Element(f"{{{_VOSI}}}{name}", nsmap=_NAMESPACES)


def _below(element: Any, name: str) -> Any:
    return etree.SubElement(element, name)


def _texts(element: Any, **texts: str) -> None:
    """Elements with a text each; an empty one is left out, but for the name."""
    for name, text in texts.items():
        if text or name == "name":
            _below(element, name).text = text


def _written(root: Any) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


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
