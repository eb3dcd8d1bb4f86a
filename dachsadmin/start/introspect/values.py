"""What the values of a column tell: their type, which of them stand for nothing, and how a rowmaker reads them."""

from __future__ import annotations

import datetime
import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from dachsadmin.start.introspect.names import literal
from dachsadmin.start.survey import Value

NULL_WORDS = frozenset({"nan", "null", "none", "n/a", "na", "-", "--", "---", "...", "\\n", "?", "<na>", "#n/a", "masked", "undef"})
"""In lower case: what tables write where a number or date is missing; text keeps some of them."""
_NULL_TEXTS = frozenset({"null", "n/a", "---", "...", "<na>", "#n/a", "\\n"})
INTEGERS = ("smallint", "integer", "bigint")
_REALS = ("real", "double precision")
BOOLEAN = "smallint"
"""The type for truth values: a VOTable's boolean has no literal for a missing one, and rows not looked at may lack it."""
_LEAST = {"smallint": -2**15, "integer": -2**31, "bigint": -2**63}

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}\Z")
_REAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\Z")
_PADDED_WITH_ZEROS = re.compile(r"[+-]?0[0-9]+\Z")  # A name made of digits.
_FORTRAN = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eEdD][+-]?[0-9]+)?\Z")
_COMMA = re.compile(r"[+-]?[0-9]*,[0-9]+\Z|[+-]?[0-9]+\Z")
_TIMESTAMP = re.compile(r"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9](?:\.[0-9]{1,9})?Z?\Z")
_DATE = re.compile(r"[0-9]{4}-[01][0-9]-[0-3][0-9]\Z")
_TRUTHS = frozenset({"true", "false", "t", "f", "yes", "no"})
_SENTINEL = re.compile(r"-9{2,5}(?:\.[09]*)?\Z|9{2,5}\.9{1,4}0*\Z|-?1e\+?30\Z|-32768\Z|-2147483648\Z")


@dataclass(frozen=True)
class Told:
    """A column's type, its missing values and how a rowmaker reads it; `value` is empty where DaCHS's own way will do.

    `values` are those looked at, as the type has them, None where one is missing. `sentinel` is a number that is taken for a
    missing value because it stands far from all others. `truths`: 1 stands for true, 0 for false.
    """

    type: str
    values: tuple[Value, ...]
    value: str = ""
    null: str = ""
    sentinel: str = ""
    truths: bool = False


def of_text(texts: Sequence[str | None], written: str, declared: str = "", null: str = "") -> Told:
    """Judge what a grammar gives as text; `written` is how a rowmaker writes it (`@e_Bmag`).

    `declared` is the DaCHS type that the file says it has, which holds unless values contradict; `null` what it says to stand
    for a missing value.
    """
    stripped = [text.strip() if text is not None else "" for text in texts]
    words = sorted({text for text in stripped if text.lower() in NULL_WORDS or _is_same(text, null)})
    if null and null not in words:
        words.append(null)
    present = [text for text in stripped if text and text not in words]
    if any(given is not None and text != given for text, given in zip(stripped, texts)):
        written = f"({written} or '').strip()"
    if present and (declared in (*INTEGERS, *_REALS) or declared != "text" and not any(map(_PADDED_WITH_ZEROS.match, present))):
        for recognise in (_real, _truth, _time) if declared in _REALS else (_integer, _real, _truth, _time):
            told = recognise(stripped, present, words, written)
            if told is not None:
                return _widened(told, declared)
    if not present and declared:
        kind = BOOLEAN if declared == "boolean" else declared
        return Told(kind, tuple(None for _ in stripped), null="-1" if kind in INTEGERS else "")
    return _text(stripped, written, null)


def _widened(told: Told, declared: str) -> Told:
    if declared in INTEGERS and told.type in INTEGERS:
        numbers = [value for value in told.values if isinstance(value, int)]
        if all(_LEAST[declared] <= number < -_LEAST[declared] for number in numbers):
            return replace(told, type=declared, null=told.null if told.sentinel else _free_integer(numbers, declared))
    return replace(told, type=declared) if declared in _REALS and told.type in _REALS else told


def of_typed(values: Sequence[Value], kind: str, written: str, declared_null: str = "", *, nan: bool = False) -> Told:
    """Judge what a grammar gives as Python values of the DaCHS type `kind` (`real`, `integer` ...), None for missing.

    With `nan`, the grammar leaves NaN for missing numbers.
    """
    if kind in INTEGERS:
        null = _number(declared_null) if declared_null else _number(_sentinel(values))
        kept = tuple(None if value is None or value == null else value for value in values)
        if null is None:
            return Told(kind, kept, "", _free_integer(kept, kind))
        return Told(kind, kept, f"None if {written} in (None, {int(null)}) else int({written})", str(int(null)),
                    "" if declared_null else str(int(null)))
    if kind in _REALS:
        numbers = tuple(value if _is_finite(value) else None for value in values)
        sentinel = declared_null if _number(declared_null) is not None else _sentinel(numbers)
        nothing = f"{written} is None or {written} != {written}" if nan else f"{written} is None"
        if not sentinel:
            return Told(kind, numbers, f"None if {nothing} else float({written})" if nan else "")
        # Six digits, as single precision makes -99.9000015 of -99.9.
        told = _without_sentinel(kind, numbers, sentinel, f"None if {nothing} or format(float({written}), '.6g') == "
                                 f"'{float(sentinel):.6g}' else float({written})")
        return replace(told, sentinel="") if declared_null else told
    if kind == "boolean":
        return Told(BOOLEAN, tuple(None if value is None else int(bool(value)) for value in values),
                    f"None if {written} is None else int({written})", "-1", truths=True)
    if kind == "text":
        kept = tuple((value.strip() or None) if isinstance(value, str) else value for value in values)
        return Told(kind, kept, f"{written} or None" if None in kept else "")
    return Told(kind, tuple(values))


_CONVERSIONS = {"timestamp": "parseISODT({})", "date": "parseDefaultDate({})"}


def converted(written: str, kind: str) -> str:
    """An expression that makes a value of a DaCHS type from a text, None from an empty one; `` for text as it is."""
    if kind in INTEGERS:
        return f"parseInt({written})"
    if kind in _REALS:
        return f"parseFloat({written})"
    return _reading(written, (), _CONVERSIONS[kind].format(written)) if kind in _CONVERSIONS else ""


def scaled(expression: str, factor: float, offset: float = 0.0) -> str:
    """A number times a factor, plus an offset, as a rowmaker writes it; None stays None."""
    if offset:
        return f"scale({expression}, {factor!r}, {offset!r})"
    return expression if factor == 1.0 else f"scale({expression}, {factor!r})"


def is_plain(written: str) -> bool:
    """Whether an expression is no more than a reference to what the grammar gives."""
    return written.startswith(("@", "vars[")) and "(" not in written.replace("chr(", "")


def distinct(values: Sequence[Value], most: int = 5) -> tuple[Value, ...]:
    """Up to `most` different values, in their order."""
    return tuple(dict.fromkeys(value for value in values if value is not None))[:most]


def extent(values: Sequence[Value]) -> tuple[Value, Value]:
    """The least and the greatest number (or ISO date), None where there are none."""
    numbers = [value for value in values if isinstance(value, (int, float)) and not isinstance(value, bool)]
    texts = [value for value in values if isinstance(value, str) and (_TIMESTAMP.match(value) or _DATE.match(value))]
    if numbers:
        return min(numbers), max(numbers)
    present = [value for value in values if value is not None]
    return (min(texts), max(texts)) if texts and len(texts) == len(present) else (None, None)


def _integer(stripped: list[str], present: list[str], words: list[str], written: str) -> Told | None:
    if not all(_INTEGER.match(text) for text in present):
        return None
    wanted = set(present)
    numbers = tuple(int(text) if text in wanted else None for text in stripped)
    known = [number for number in numbers if number is not None]
    sentinel = _sentinel(numbers)
    # Rows that were not looked at may have larger ones.
    kind = "integer" if max(abs(number) for number in known) < 2**30 else "bigint"
    if sentinel:
        return Told(kind, tuple(None if number == int(sentinel) else number for number in numbers),
                    _reading(written, [*words, sentinel], f"int({written})"), sentinel, sentinel)
    return Told(kind, numbers, _reading(written, words, f"int({written})") if words else "",
                _free_integer(numbers, kind))


def _real(stripped: list[str], present: list[str], words: list[str], written: str) -> Told | None:
    for pattern, parse, reading in _SPELLINGS:
        if all(pattern.match(text) for text in present) and not (parse is _from_comma and _may_be_thousands(present)):
            break
    else:
        return None
    code = reading.format(written)
    wanted = set(present)
    numbers = tuple(parse(text) if text in wanted else None for text in stripped)
    numbers = tuple(number if _is_finite(number) else None for number in numbers)
    # DaCHS reads `nan` as a number, which sorts after all others and spoils comparisons.
    sentinel = _sentinel(numbers)
    kind = "real" if all(_fits_real(text, number) for text, number in zip(stripped, numbers)) else "double precision"
    if sentinel:
        spellings = sorted({text for text, number in zip(stripped, numbers) if number == float(sentinel)})[:5]
        return _without_sentinel(kind, numbers, sentinel, _reading(written, [*words, *spellings], code))
    own_way = not words and parse is float
    return Told(kind, numbers, "" if own_way else _reading(written, words, code))


def _truth(stripped: list[str], present: list[str], words: list[str], written: str) -> Told | None:
    if not {text.lower() for text in present} <= _TRUTHS or len(set(present)) < 2:
        return None
    truths = tuple(text.lower() in ("true", "t", "yes") if text.lower() in _TRUTHS else None for text in stripped)
    return Told(BOOLEAN, tuple(None if truth is None else int(truth) for truth in truths),
                _reading(written, words, f"int(parseBooleanLiteral({written}))"), "-1", truths=True)


def _time(stripped: list[str], present: list[str], words: list[str], written: str) -> Told | None:
    for kind, pattern, parse in (("timestamp", _TIMESTAMP, "parseISODT"), ("date", _DATE, "parseDefaultDate")):
        if all(pattern.match(text) for text in present):
            values = tuple(text if pattern.match(text) else None for text in stripped)
            if all(_is_real_date(text) for text in present):
                return Told(kind, values, _reading(written, words, f"{parse}({written})"))
    return None


def _text(stripped: list[str], written: str, null: str) -> Told:
    words = sorted({text for text in stripped if text.lower() in _NULL_TEXTS or text and text == null})
    values = tuple(None if not text or text in words else text for text in stripped)
    if None not in values:
        return Told("text", values, "" if is_plain(written) else written)
    return Told("text", values, _reading(written, words, written))


def _reading(written: str, words: Sequence[str], code: str) -> str:
    """An expression that is None for an empty text and for the words that stand for nothing."""
    nothing = ", ".join(["None", "''", *map(literal, dict.fromkeys(words))])
    return f"None if {written} in ({nothing}) else {code}"


def _without_sentinel(kind: str, numbers: tuple[Value, ...], sentinel: str, value: str) -> Told:
    away = f"{float(sentinel):.6g}"
    kept = tuple(None if isinstance(number, (int, float)) and f"{number:.6g}" == away else number for number in numbers)
    return Told(kind, kept, value, "", sentinel)


def _sentinel(numbers: Sequence[Value]) -> str:
    """A number such as -99.9 that occurs more than once, far from all others, `` if there is none."""
    counted = Counter(number for number in numbers if isinstance(number, (int, float)))
    if len(counted) < 3:
        return ""
    for candidate in (min(counted), max(counted)):
        spelt = str(_shortened(candidate))
        others = [number for number in counted if number != candidate]
        if counted[candidate] > 1 and _SENTINEL.match(spelt) and \
                min(abs(number - candidate) for number in others) > abs(candidate) / 2:
            return spelt
    return ""


def _shortened(number: float) -> float:
    """A float from single precision as it was meant: -99.9000015 is -99.9."""
    return float(f"{number:.6g}") if isinstance(number, float) and abs(number) < 1e6 else number


def _free_integer(values: Sequence[Value], kind: str) -> str:
    """A literal for missing values that no value is: -1 where there are no negative ones, else the type's least."""
    numbers = [value for value in values if isinstance(value, int)]
    return "-1" if not numbers or min(numbers) >= 0 else str(_LEAST[kind])


def _number(text: str) -> float | None:
    return float(text) if _REAL.match(text.strip()) else None


def _is_same(text: str, null: str) -> bool:
    """Whether a text is the literal for missing values, perhaps with more digits."""
    return bool(null) and (text == null or (_number(text) is not None and _number(text) == _number(null)))


def _is_finite(value: object) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value)


def _fits_real(text: str, number: float | None) -> bool:
    """Whether single precision (7 digits) keeps it."""
    digits = re.sub(r"[eEdD].*|[^0-9]", "", text).strip("0")
    return number is None or (len(digits) <= 6 and (number == 0 or 1e-30 < abs(number) < 1e30))


def _from_fortran(text: str) -> float:
    return float(text.upper().replace("D", "E"))


def _from_comma(text: str) -> float:
    return float(text.replace(",", "."))


def _may_be_thousands(texts: list[str]) -> bool:
    return all(len(text.rpartition(",")[2]) == 3 for text in texts if "," in text)


def _is_real_date(text: str) -> bool:
    try:
        datetime.date.fromisoformat(text[:10])
    except ValueError:
        return False
    return True


_SPELLINGS: tuple[tuple[re.Pattern[str], Callable[[str], float], str], ...] = (
    (_REAL, float, "float({})"), (_FORTRAN, _from_fortran, "float({}.upper().replace('D', 'E'))"),
    (_COMMA, _from_comma, "float({}.replace(',', '.'))"))
