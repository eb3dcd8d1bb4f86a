"""What header keywords say over all files of a survey: how often, which values, and which column would hold them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from dachsadmin.start.introspect import names, ucds, units
from dachsadmin.start.introspect.headers import Hdu, key
from dachsadmin.start.quoting import plain
from dachsadmin.start.survey import Field, Value

MOST_KEYWORDS = 3000
"""How many different keywords are kept track of; headers with more have numbers in their keywords."""
MOST_DISTINCT = 100_000
EXAMPLES = 5
LONGEST_EXAMPLE = 200

STRUCTURAL = re.compile(r"(?:" + "|".join(r"""
SIMPLE XTENSION DATE BITPIX Z?NAXIS\d* Z?EXTEND Z?PCOUNT Z?GCOUNT GROUPS TFIELDS THEAP T(?:TYPE|FORM|UNIT|DISP|NULL|SCAL|ZERO|DIM|COMM)\d+
BSCALE BZERO BLANK CHECKSUM DATASUM Z(?:IMAGE|TENSION|BITPIX|CMPTYPE|TILE\d+|NAME\d+|VAL\d+|QUANTIZ|SIMPLE|DITHER0)
INHERIT LONGSTRN EXTVER EXTLEVEL NEXTEND N_EXTEN EXTEN\d WAT\d_\d+ WCSDIM WCSAXES LTM\d_\d LTV\d CTYPE\d CRVAL\d CRPIX\d CDELT\d CROTA\d
CUNIT\d CD\d_\d PC\d_\d PV\d_\d+ DC-FLAG [AB]P?_\d_\d [AB]P?_ORDER LONPOLE LATPOLE
""".split()) + r")\Z")
"""Keywords that tell how (and by DATE, when) a file was built, not what is in it."""

UNEXPLAINED = "Value of the header keyword"
"""How descriptions begin where the files have no comment."""
NUMERIC = frozenset(("integer", "bigint", "real", "double precision"))

_SENTINELS = frozenset((-99.0, -99.9, -99.99, -999.0, -999.9, -999.99, -9999.0, -9999.9, -9999.99, -99999.0,
                        99.0, 99.9, 99.99, 99.999, 999.0, 999.9, 999.99, 9999.0, 99999.0))
_CONVERSIONS = {"text": "str({})", "boolean": "bool({})", "smallint": "int({})", "integer": "int({})", "bigint": "int({})",
                "real": "float({})", "double precision": "float({})", "timestamp": "parseISODT({})",
                "date": "parseISODT({}).date()"}
_PLAIN_TYPES: dict[str, set[type]] = {
    "text": {str}, "boolean": {bool}, "smallint": set(), "integer": {int}, "bigint": {int}, "real": {int, float},
    "double precision": {int, float}, "timestamp": {str}, "date": {str}}
"""What values must be like for DaCHS to convert them itself."""
_BRACKETED = re.compile(r"\s*\[([^\[\]]{1,40})\]\s*")
_PARENTHESISED = re.compile(r"\s*\(([^()]{1,20})\)\s*")
_TIMESTAMP = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]*)?Z?)?\Z")
_STANDARD = re.compile(r"[A-Z0-9_-]{1,8}\Z")
NUMBER = re.compile(r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*\Z")
_DIGITS_OF_REAL = 6


@dataclass
class Tally:
    """One keyword over the files met so far."""

    seen: int = 0
    blank: int = 0
    """How often it was there without a value."""
    comment: str = ""
    examples: list[Value] = field(default_factory=list)
    varies: bool = False
    kinds: set[type] = field(default_factory=set)
    minimum: float | int | None = None
    maximum: float | int | None = None
    sentinels: dict[float, int] = field(default_factory=dict)
    """Numbers that usually stand for a missing value, and how often they were met."""
    digits: int = 0
    forms: set[str] = field(default_factory=set)
    """Of strings: timestamp, date, number, text."""
    distinct: set[int] | None = None
    """Hashes of values, where somebody wants to know whether they are unique."""
    _last: Value = None

    def add(self, value: Value, comment: str) -> None:
        self.seen += 1
        if comment and not self.comment:
            self.comment = comment
        if value is None or value == "":
            self.blank += 1
            return
        if self.distinct is not None and len(self.distinct) < MOST_DISTINCT:
            self.distinct.add(hash(value))
        if value is self._last or (value == self._last and type(value) in self.kinds):
            if value in self.sentinels:
                self.sentinels[value] += 1  # type: ignore[index]
            return
        self._last = value
        self.kinds.add(type(value))
        if isinstance(value, str):
            self.forms.add(form := _form(value))
            if form == "number" and not self._is_sentinel(float(value)):
                self._extend(float(value))
        elif not isinstance(value, bool) and not self._is_sentinel(value):
            self._extend(value)
        if len(self.examples) < EXAMPLES:
            shown = plain(value)[:LONGEST_EXAMPLE] if isinstance(value, str) else value
            if shown not in self.examples:
                self.varies = self.varies or bool(self.examples)
                self.examples.append(shown)

    def _is_sentinel(self, value: Value) -> bool:
        if value not in _SENTINELS:
            return False
        self.sentinels[value] = self.sentinels.get(value, 0) + 1  # type: ignore[index, arg-type]
        return True

    def _extend(self, value: float | int) -> None:
        if value - value != 0:
            return  # An infinity or no number: a header cannot say that, but 1E999 reads so.
        if self.minimum is None or value < self.minimum:
            self.minimum = value
        if self.maximum is None or value > self.maximum:
            self.maximum = value
        if isinstance(value, float) and self.digits <= _DIGITS_OF_REAL:
            mantissa = repr(value).partition("e")[0].replace(".", "").strip("-0")
            self.digits = max(self.digits, len(mantissa))


def _form(text: str) -> str:
    if NUMBER.match(text):
        return "number"
    match = _TIMESTAMP.match(text)
    if match is None:
        return "text"
    try:
        datetime.date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return "text"
    return "timestamp" if match[4] else "date"


class Keywords:
    """All keywords of the headers met so far; its size does not grow with the number of files."""

    def __init__(self, unique: Collection[str] = ()) -> None:
        """`unique`: keywords of which is to be found out whether all files have different values."""
        self.tallies: dict[str, Tally] = {}
        self.files = 0
        self.left_out = 0
        """Files with keywords that were not kept track of."""
        self._variants: set[int] = set()
        self._unique = frozenset(unique)

    @property
    def variants(self) -> int:
        return len(self._variants)

    def add(self, hdu: Hdu) -> None:
        self.files += 1
        if len(self._variants) < MOST_DISTINCT:
            self._variants.add(hash(frozenset(hdu.cards)))
        full = False
        for keyword, (value, comment) in hdu.cards.items():
            tally = self.tallies.get(keyword)
            if tally is None:
                if len(self.tallies) >= MOST_KEYWORDS:
                    full = True
                    continue
                tally = self.tallies[keyword] = Tally(distinct=set() if keyword in self._unique else None)
            tally.add(value, comment)
        self.left_out += full

    def is_unique(self, keyword: str) -> bool:
        """Whether all files have it, each with another value."""
        tally = self.tallies.get(keyword)
        return tally is not None and tally.distinct is not None and len(tally.distinct) == self.files < MOST_DISTINCT

    def fields(self, also: Iterable[str] = ()) -> tuple[Field, ...]:
        """Columns for what is in the files, and for the keywords `also`, even if they only tell how a file is built."""
        wanted = [keyword for keyword, tally in self.tallies.items() if tally.kinds and not STRUCTURAL.match(keyword)]
        wanted += sorted(set(also) & set(self.tallies) - set(wanted))
        columns = names.all_proposed(wanted)
        return tuple(_field(keyword, name, self.tallies[keyword], self.files) for keyword, name in zip(wanted, columns))


def unit_and_meaning(comment: str) -> tuple[units.ReadUnit, str]:
    """`[deg] Right ascension` parted; a unit in parentheses counts only if it is one."""
    match = _BRACKETED.search(comment)
    if match:
        return units.read(match[1]), plain(comment[:match.start()] + " " + comment[match.end():])
    for match in _PARENTHESISED.finditer(comment):
        unit = units.read(match[1])
        if unit.unit:
            return unit, plain(comment[:match.start()] + " " + comment[match.end():])
    return units.ReadUnit(), plain(comment)


def _field(keyword: str, name: str, tally: Tally, files: int) -> Field:
    unit, meaning = unit_and_meaning(tally.comment)
    missing = files - tally.seen + tally.blank
    type_ = _type(tally, has_unit=bool(unit.unit), missing=missing)
    numeric = type_ in NUMERIC
    nulls = _nulls(tally, unit.unit) if numeric else []
    missing += sum(tally.sentinels[value] for value in nulls)
    if unit.note:
        meaning = f"{meaning} ({unit.note})".strip()
    meaning = meaning or f"{UNEXPLAINED} {plain(keyword)}"
    ucd = ucds.proposed(name, unit.unit if numeric else "", meaning)
    if type_ == "real" and ucd.startswith(("pos.", "time.epoch", "time.start", "time.end")):
        type_ = "double precision"  # However few digits the files have that were looked at.
    return Field(
        keyword if _STANDARD.match(keyword) else f"HIERARCH {keyword}", name, type_,
        unit=unit.unit if numeric else "", unknown_unit=unit.unknown if numeric else "",
        null=_null_literal(type_, nulls, tally),
        ucd=ucd, description=meaning,
        constant=not tally.varies and not missing, missing=missing, examples=tuple(tally.examples),
        minimum=tally.minimum if numeric else None, maximum=tally.maximum if numeric else None,
        value=_value(keyword, type_, tally, nulls, always_there=files == tally.seen and not tally.blank))


def _type(tally: Tally, *, has_unit: bool, missing: int) -> str:
    kinds = tally.kinds
    if not kinds:
        return "text"
    if kinds == {str}:
        if len(tally.forms) == 1 and tally.forms <= {"timestamp", "date"}:
            return next(iter(tally.forms))
        # A number in quotes is an identifier, unless the comment gives it a unit.
        return "double precision" if tally.forms == {"number"} and has_unit else "text"
    if kinds == {bool}:
        # A VOTable's boolean has no literal for a missing value.
        return "smallint" if missing else "boolean"
    if bool in kinds or (str in kinds and tally.forms != {"number"}):
        return "text"
    if kinds == {int}:
        least, most = tally.minimum or 0, tally.maximum or 0
        if -2**31 <= least and most < 2**31:
            return "integer"
        return "bigint" if -2**63 <= least and most < 2**63 else "double precision"
    tiny = max(abs(tally.minimum or 0), abs(tally.maximum or 0)) < 1e37
    return "real" if kinds <= {int, float} and tally.digits <= _DIGITS_OF_REAL and tiny else "double precision"


def _nulls(tally: Tally, unit: str) -> list[float]:
    """The numbers that stand for a missing value: far from all others, or where all have the same."""
    found = []
    for value in sorted(tally.sentinels, key=lambda value: -tally.sentinels[value]):
        if value > 0 and unit != "mag":
            continue
        low, high = tally.minimum, tally.maximum
        if low is None or high is None or value < low - (high - low) or value > high + max(high - low, 20):
            found.append(value)
    return found


def _null_literal(type_: str, nulls: list[float], tally: Tally) -> str:
    """Always something for integers, as DaCHS demands it unless a column is required."""
    if type_ in ("integer", "bigint"):
        free = -9999 if tally.minimum is None or tally.minimum > -9999 else -2**31 if type_ == "integer" else -2**63
        return str(int(nulls[0]) if nulls else free)
    return "-1" if type_ == "smallint" else repr(nulls[0]) if nulls else ""


def _value(keyword: str, type_: str, tally: Tally, nulls: list[float], *, always_there: bool) -> str:
    """The expression for Field.value; empty where DaCHS finds the value under the keyword's own name, and converts it."""
    grammar_key = key(keyword)
    reference = names.reference(grammar_key)
    convert = _CONVERSIONS[type_]
    if always_there and not nulls and tally.kinds <= _PLAIN_TYPES[type_]:
        if reference == f"@{keyword}":
            return ""
        return convert.format(reference) if type_ in ("timestamp", "date") else reference
    wanted = {"text": "(str, int, float)", "smallint": "bool", "timestamp": "str", "date": "str"}.get(
        type_, "(str, int, float)" if str in tally.kinds else "(int, float)")
    test = f"isinstance(vars.get({names.literal(grammar_key)}), {wanted})"
    if str in tally.kinds:
        test += f" and {reference} != ''"
    if nulls:
        test += f" and {reference} not in ({', '.join(map(repr, nulls))},)"
    return f"{convert.format(reference)} if {test} else None"
