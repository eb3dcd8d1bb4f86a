"""Tables in FITS files: the columns of the binary (or text) table with the most rows, and some of those rows."""

from __future__ import annotations

import math
import re
import struct
import warnings
import zlib
from dataclasses import replace
from typing import Any

from dachsadmin.start.introspect.columns import Column
from dachsadmin.start.introspect.samples import ROWS, Sample, Unreadable
from dachsadmin.start.introspect.typed import kind_of, plain_values
from dachsadmin.start.introspect.values import INTEGERS
from dachsadmin.start.survey import Reading, Value

PIECES = 3
"""Places of a table that rows are taken from."""


def read(path: str) -> Sample:
    """The columns of a FITS table. Raises Unreadable."""
    from astropy.io import fits

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with fits.open(path, memmap=True, lazy_load_hdus=True) as hdus:
                return _sampled(hdus)
    except (OSError, EOFError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RuntimeError, zlib.error,
            struct.error, fits.VerifyError, MemoryError) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise Unreadable(f"its tables cannot be read: {reason}") from None


def _sampled(hdus: Any) -> Sample:
    from astropy.io import fits

    tables = [(hdu.header.get("NAXIS2", 0), -number) for number, hdu in enumerate(hdus)
              if isinstance(hdu, (fits.BinTableHDU, fits.TableHDU)) and not isinstance(hdu, fits.CompImageHDU)]
    rows, number = max(tables, default=(0, 0))
    if not rows:
        raise Unreadable("it has no table with rows")
    hdu = hdus[-number]
    remarks = []
    if sum(1 for count, _ in tables if count) > 1:
        remarks.append(f"of {len(tables)} tables in a file, that in HDU {-number} is taken, as it has the most rows")
    columns = []
    for place, definition in enumerate(hdu.columns, 1):
        column = _column(hdu, place, definition, rows)
        if column is None:
            remarks.append(f"column {definition.name!r} is left out, as a database table cannot hold what is in it: {definition.format}")
        else:
            columns.append(column)
    if not columns:
        raise Unreadable("its table has no columns that a database table can hold")
    # With nanIsNULL, fitsTableGrammar fails in a table that has arrays (DaCHS 2.7).
    arrays = any(hdu.data.dtype[place].shape or hdu.columns[place].format.lstrip("0123456789")[:1] in ("P", "Q")
                 for place in range(len(hdu.columns)))
    if arrays:
        columns = [replace(column, nan=column.type in ("real", "double precision")) for column in columns]
        remarks.append("DaCHS since 2.11 cannot import a FITS table that has both arrays and missing values (or TNULL)")
    attributes = (("hdu", str(-number)), *((("nanIsNULL", "True"),) if not arrays else ()))
    looked_at = min(rows, ROWS)
    return Sample(tuple(columns), Reading("fitsTableGrammar", attributes), looked_at, looked_at == rows, tuple(remarks))


def _column(hdu: Any, place: int, definition: Any, rows: int) -> Column | None:
    array = hdu.data.field(place - 1)
    kind = kind_of(array.dtype) if array.dtype.kind != "O" else _kind_of_pointed(array)
    dimensions = array.ndim - 1
    if not kind or dimensions > 1 or (dimensions and kind in ("text", "boolean")):
        return None
    values: list[Value] = []
    if array.dtype.kind == "O":
        kind = f"{kind}[]"
    elif dimensions:
        kind = f"{kind}[{array.shape[1]}]"
    else:
        for piece in _pieces(rows):
            values += plain_values(array[piece])
    header = hdu.header
    return Column(definition.name or f"col{place}", values, kind, unit=str(header.get(f"TUNIT{place}", "")),
                  ucd=str(header.get(f"TUCD{place}", "")), description=_said(header, place),
                  null=str(header.get(f"TNULL{place}", "")) if kind in INTEGERS else "")


def _said(header: Any, place: int) -> str:
    """What a header says about a column: in TCOMM, TDESC, or beside its name."""
    for key in (f"TCOMM{place}", f"TDESC{place}"):
        if key in header:
            return str(header[key])
    comment = str(header.comments[f"TTYPE{place}"]) if f"TTYPE{place}" in header else ""
    return "" if re.match(r"(?:label for )?(?:field|column)\b|name of field", comment, re.IGNORECASE) else comment


def _kind_of_pointed(array: Any) -> str:
    """The type of arrays whose length varies."""
    first = next((value for value in array[:ROWS] if hasattr(value, "dtype") and value.ndim == 1), None)
    return kind_of(first.dtype) if first is not None and first.dtype.kind in "if" else ""


def _pieces(rows: int) -> list[slice]:
    """Some rows from begin, middle and end, or all."""
    if rows <= ROWS:
        return [slice(0, rows)]
    size = math.ceil(ROWS / PIECES)
    return [slice(begin, begin + size) for begin in (0, rows // 2, rows - size)]
