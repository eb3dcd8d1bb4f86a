"""VOTables: the first table's fields and some of its rows, without reading a large file to its end."""

from __future__ import annotations

import io
import keyword
import re
import struct
import warnings
from typing import Any

from dachsadmin.model.adql import RESERVED_BY_DACHS
from dachsadmin.start.introspect.columns import Column
from dachsadmin.start.introspect.samples import ROWS, Sample, Unreadable, is_gzipped, unpacked_beginning
from dachsadmin.start.introspect.typed import plain_values
from dachsadmin.start.survey import Reading

ENOUGH = 384 * 1024
"""Bytes of a VOTable that are looked at."""

_MOST_BINARY = 100
"""Rows of a table in BINARY that DaCHS 2.7 can be trusted to read; measured: 3 it does, 5000 it does not."""

_TYPES = {"boolean": "boolean", "unsignedByte": "smallint", "short": "smallint", "int": "integer", "long": "bigint", "float": "real",
          "double": "double precision", "char": "text", "unicodeChar": "text"}
_SHADOWED = frozenset("""
base base64 coords codetricks datetime deg deg_arcsec deg_mas identity light_c math ms nan numpy os pgsphere pprint re scale stc sys
time traceback urllib utils none result_ rowdict_
""".split())
"""Names that voTableGrammar changes, besides reserved words, as rowmakers have functions and modules of that name (DaCHS 2.7)."""


def is_votable(beginning: bytes) -> bool:
    return re.search(rb"<(?:\w+:)?VOTABLE[\s>]", beginning) is not None


def read(path: str) -> Sample:
    """The columns of a file's first table with rows. Raises Unreadable."""
    text = unpacked_beginning(path, ENOUGH)
    whole = len(text) < ENOUGH
    table = _parsed(text if whole else _closed(text), path)
    if not len(table.array):
        raise Unreadable("it has no table with rows")
    columns, remarks = [], []
    for field, key in zip(table.fields, _keys(table.fields)):
        source = field.name or field.ID or key
        kind = _kind(field)
        if not kind:
            remarks.append(f"column {source!r} is left out, as a database table cannot hold what is in it: {field.datatype} "
                           f"{field.arraysize or ''}".rstrip())
            continue
        timestamp = kind == "text" and str(getattr(field, "xtype", None) or "").lower().endswith("timestamp")
        values = () if "[" in kind else plain_values(table.array[field.ID][:ROWS])
        columns.append(Column(source, values, "" if timestamp else kind, str(field.unit or ""), str(field.ucd or ""),
                              str(field.description or ""), key=key))
    if re.search(rb"<(?:\w+:)?BINARY[\s>]", text) and len(table.array) > _MOST_BINARY:
        remarks.append("DaCHS 2.7 stops with 'No data left' in long tables in BINARY: convert them to BINARY2, for example with "
                       "'stilts tcopy in=OLD.vot out=NEW.vot ofmt=votable-binary2-inline'")
    if not columns:
        raise Unreadable("its table has no columns that a database table can hold")
    attributes = (("gunzip", "True"),) if is_gzipped(path) else ()
    return Sample(tuple(columns), Reading("voTableGrammar", attributes), min(len(table.array), ROWS),
                  whole and len(table.array) <= ROWS, tuple(remarks))


def _parsed(text: bytes, path: str) -> Any:
    from xml.parsers.expat import ExpatError

    from astropy.io import votable

    if re.search(rb"<!(?:DOCTYPE|ENTITY)", text[:65536]):
        raise Unreadable("it has a DTD, which no VOTable needs")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return votable.parse(io.BytesIO(text), verify="ignore", filename=path).get_first_table()
    except (ValueError, TypeError, SyntaxError, OSError, LookupError, AttributeError, ArithmeticError, AssertionError, EOFError,
            RuntimeError, Warning, ExpatError, struct.error) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise Unreadable(f"it is no valid VOTable: {reason}") from None


def _closed(text: bytes) -> bytes:
    """The begin of a document with all elements closed that are open where it was cut."""
    from lxml import etree

    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=True)
    stream = re.search(rb"<(?:\w+:)?STREAM[^>]*>", text)
    rows = [match.end() for match in re.finditer(rb"</(?:\w+:)?TR>", text)]
    if stream and b"STREAM>" not in text[stream.end():]:
        points = b"".join(text[stream.end():].split())
        text = text[:stream.end()] + points[:len(points) // 4 * 4]  # Base64 comes in fours.
    elif rows:
        text = text[:rows[-1]]
    root = etree.fromstring(text, parser)
    if root is None:
        raise Unreadable("it is no valid XML")
    made: bytes = etree.tostring(root)
    return made


def _kind(field: Any) -> str:
    """The DaCHS type of a FIELD, `` if there is none."""
    kind = _TYPES.get(field.datatype, "")
    size = (field.arraysize or "").strip()
    if kind == "text":
        return kind if re.fullmatch(r"(?:\d+\*?|\*)?", size) else ""
    if not size or size == "1" or not kind:
        return kind
    if kind == "boolean" or not re.fullmatch(r"\d+\*?|\*", size):
        return ""
    return f"{kind}[{size if size.isdigit() else ''}]"


def _keys(fields: list[Any]) -> list[str]:
    """What voTableGrammar calls fields (DaCHS 2.7): identifiers, unlike in capitals, too, and unlike reserved words."""
    taken: set[str] = set()
    keys = []
    for number, field in enumerate(fields):
        key = re.sub(r"[^\w]+", "x", field.name or field.ID or f"field{number:02d}")
        if not re.match("[A-Za-z_]", key):
            key = f"col_{key}"
        while key.lower() in taken or _is_reserved(key.lower()):
            key += "_"
        taken.add(key.lower())
        keys.append(key)
    return keys


def _is_reserved(name: str) -> bool:
    return name.upper() in RESERVED_BY_DACHS or keyword.iskeyword(name) or name in _SHADOWED
