"""Values of numpy arrays as plain Python has them, and the DaCHS types of arrays."""

from __future__ import annotations

import datetime
import decimal
from typing import Any

from dachsadmin.start.survey import Value

_INTEGERS = {"i1": "smallint", "u1": "smallint", "i2": "smallint", "u2": "integer", "i4": "integer", "u4": "bigint", "i8": "bigint",
             "u8": "bigint"}


def plain_values(array: Any) -> list[Value]:
    """The values of a (masked) array: strings, numbers, truth values; None for masked ones and for NaN."""
    return [plain(value) for value in array.tolist()]


def kind_of(dtype: Any) -> str:
    """The DaCHS type that holds values of a numpy type, `` if there is none: complex numbers, records."""
    if dtype.kind in "SU":
        return "text"
    if dtype.kind == "b":
        return "boolean"
    if dtype.kind == "f":
        return "real" if dtype.itemsize <= 4 else "double precision"
    if dtype.kind == "M":
        return "timestamp"
    return _INTEGERS.get(f"{dtype.kind}{dtype.itemsize}", "")


def plain(value: Any) -> Value:
    """One value: text without trailing blanks, a number, an ISO date; None for what is masked, empty or NaN."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, str):
        return value.rstrip("\0 ") or None
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    if value != value:
        return None
    if isinstance(value, decimal.Decimal):
        return float(value)
    return value if isinstance(value, (int, float, bool)) else None
