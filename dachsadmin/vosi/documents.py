"""Writes VOSI 1.1 documents of tables: the tableset with or without columns, and a table with its foreign keys."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from dachsadmin.client.vosi import Column, ForeignKey, Schema, Table

_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_VOSI = "http://www.ivoa.net/xml/VOSITables/v1.0"
_STATISTICS = "http://dc.g-vo.org/ColStats-1"
_WHERE_STATISTICS_ARE = "http://vo.ari.uni-heidelberg.de/docs/schemata/Colstats.xsd"
"""Validators know the other schemata; DaCHS names this one in its documents, too."""
_NAMESPACES = {"vosi": _VOSI, "vs": "http://www.ivoa.net/xml/VODataService/v1.1", "xsi": _XSI, "stat": _STATISTICS}
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What may not stand in XML 1.0 at all (2.2)."""


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
        element.set(f"{{{_STATISTICS}}}{name}", _clean(value))
    _texts(element, name=column.name, description=column.description, unit=column.unit, ucd=column.ucd, utype=column.utype)
    if column.datatype:
        datatype = _below(element, "dataType")
        datatype.set(f"{{{_XSI}}}type", f"vs:{column.system}")
        for name, value in (("arraysize", column.arraysize), ("extendedType", column.xtype)):
            if value:
                datatype.set(name, _clean(value))
        datatype.text = _clean(column.datatype)
    for flag in column.flags:
        _texts(element, flag=flag)


def _write_key(element: Any, key: ForeignKey) -> None:
    _texts(element, targetTable=key.target)
    for here, there in key.columns:
        _texts(_below(element, "fkColumn"), fromColumn=here, targetColumn=there)
    _texts(element, description=key.description, utype=key.utype)


def _root(name: str) -> Any:
    from lxml import etree

    locations = {f"{{{_XSI}}}schemaLocation": f"{_STATISTICS} {_WHERE_STATISTICS_ARE}"}
    return etree.Element(f"{{{_VOSI}}}{name}", locations, nsmap=_NAMESPACES)


def _below(element: Any, name: str) -> Any:
    from lxml import etree

    return etree.SubElement(element, name)


def _texts(element: Any, **texts: str) -> None:
    """Elements with a text each; an empty one is left out, but for the name."""
    for name, text in texts.items():
        if text or name == "name":
            _below(element, name).text = _clean(text)


def _clean(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)


def _written(root: Any) -> bytes:
    from lxml import etree

    written: bytes = etree.tostring(root, xml_declaration=True, encoding="utf-8")
    return written
