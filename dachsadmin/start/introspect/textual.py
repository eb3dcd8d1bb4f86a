"""Tables in text: separated by commas, tabs, bars or blanks, with or without comments, units and column names; ECSV too."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from dachsadmin.start.introspect import aligned
from dachsadmin.start.introspect.aligned import NUMBER
from dachsadmin.start.introspect.columns import Column
from dachsadmin.start.introspect.names import is_identifier, keys
from dachsadmin.start.introspect.samples import ROWS, Sample, Text, Unreadable, read_text, thinned
from dachsadmin.start.survey import Reading

LONGEST_LINE = 100_000
LONGEST_COMMENT = 1000
MOST_COLUMNS = 1600
"""PostgreSQL's limit."""

_SEPARATORS = (",", "\t", ";", "|")
_RDB_TYPE = re.compile(r"\d*[NSM]\Z")
_SEXTRACTOR = re.compile(r"#\s*(?P<number>[0-9]+)\s+(?P<name>[A-Za-z]\S*)(?:\s+(?P<text>.*?))?(?:\s*\[(?P<unit>[^\]]*)\])?\s*\Z")
_ECSV = re.compile(r"#\s*%ECSV\s+[0-9.]+\s*\Z")
_ECSV_TYPES = {"bool": "boolean", "int8": "smallint", "int16": "smallint", "uint8": "smallint", "int32": "integer", "uint16": "integer",
               "int64": "bigint", "uint32": "bigint", "uint64": "bigint", "float16": "real", "float32": "real",
               "float64": "double precision", "float128": "double precision", "string": "text"}
_FEWEST_ALIKE = 0.95
_FEWEST_NAMED = 0.6


@dataclass(frozen=True)
class _Header:
    """What stands above the rows: `lines` of them, with names, units and descriptions; types where the file declares them."""

    lines: int
    names: tuple[str, ...]
    units: tuple[str, ...] = ()
    descriptions: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    remark: str = ""


def read(path: str) -> Sample:
    """The columns of a text file and how DaCHS reads it. Raises Unreadable."""
    text = read_text(path)
    if max(map(len, text.head), default=0) > LONGEST_LINE:
        raise Unreadable(f"it is no table: it has lines longer than {LONGEST_LINE} characters")
    if not any(line.strip() and not line.startswith("#") for line in text.head):
        raise Unreadable("it has no rows")
    if _ECSV.match(text.head[0]):
        return _ecsv(text)
    if (ranges := aligned.ipac(text.head)) is not None:
        return _in_columns(text, ranges)
    separator = _separator(text)
    if separator:
        return _separated(text, separator)
    if (ranges := aligned.ruled(text.head)) is not None:
        return _in_columns(text, ranges)
    if _quoted_words(text):
        return _separated(text, " ")
    return _in_words(text) or _aligned(text)


def _separator(text: Text) -> str:
    lines = [line for line in text.head if line.strip() and not line.startswith("#")][:300]
    if lines[0].lstrip().startswith("<"):
        raise Unreadable("it is XML or HTML, but no VOTable")
    best, most = "", _FEWEST_ALIKE
    for separator in _SEPARATORS:
        rows = _split(lines, separator)
        width, alike = _width(rows)
        # Where names are plain, rows may lack fields.
        named = alike > _FEWEST_NAMED and len(rows[0]) == width and all(map(is_identifier, map(str.strip, rows[0])))
        if width > 1 and (alike > most or (alike >= most and not best) or (named and not best)):
            best, most = separator, max(alike, most)
    return best


def _width(rows: Sequence[Sequence[str]]) -> tuple[int, float]:
    """How many fields most rows have, and which fraction of the rows that is."""
    counted = Counter(len(row) for row in rows if row)
    width, times = counted.most_common(1)[0] if counted else (0, 0)
    return width, times / max(sum(counted.values()), 1)


def _split(lines: Iterable[str], separator: str) -> list[list[str]]:
    """Rows as Python's csv module has them, which DaCHS uses; an empty list for an empty line."""
    try:
        return list(csv.reader((f"{line}\n" for line in lines), delimiter=separator, skipinitialspace=separator == " "))
    except csv.Error as error:
        raise Unreadable(f"it is no table: {error}") from None


# ---- with separators

def _separated(text: Text, separator: str) -> Sample:
    comments = _leading_comments(text.head)
    lines = list(text.head[comments:])
    rows = _split(lines, separator)
    width, _ = _width(rows[:300])
    header = _header_of(rows, width, text.head[:comments], separator)
    # A name in quotes may hold a line feed; csv counts rows, DaCHS skips lines.
    skipped = comments + (_lines_of(lines, header.lines, separator) if header.lines else 0)
    usual = skipped == header.lines == 1 and tuple(rows[0]) == header.names
    return _made(text, separator, header, rows[header.lines:], skipped, width, usual=usual)


def _made(text: Text, separator: str, header: _Header, rows: Sequence[Sequence[str]], skipped: int, width: int, *,
          usual: bool = False) -> Sample:
    """The sample of a file whose rows begin after `skipped` lines; `usual`: its one line of names is as DaCHS expects it."""
    later = [row for row in _split(text.later, separator) if len(row) == width]
    full = [row for row in rows if row and not row[0].startswith("#")]
    kept = [*full[:ROWS], *thinned(later)]
    odd = sum(len(row) != width for row in full)
    if 2 * odd >= len(full):
        raise Unreadable(f"it is no table: {odd} of {len(full)} lines have not {width} fields" if full else "it has no rows")
    values = [[row[place] if place < len(row) else None for row in kept] for place in range(width)]
    used = [place for place in range(width) if header.names[place] or any(map(_is_filled, values[place]))]
    if not used or len(used) > MOST_COLUMNS:
        raise Unreadable(f"it is no table: it has {len(used)} columns")
    names = _unlike(header.names)
    as_they_are = usual and names == header.names and all(map(is_identifier, names)) and len(used) == width
    known = keys([name if name else f"skipped_{place + 1}" for place, name in enumerate(names)])
    columns = tuple(Column(names[place] or f"col_{place + 1}", values[place], key=known[place],
                           unit=_at(header.units, place), description=_at(header.descriptions, place),
                           declared=_at(header.types, place)) for place in used)
    attributes = [*text.attributes]
    if separator != ",":
        attributes.append(("delimiter", separator))
    if separator == " ":
        attributes.append(("strip", "True"))
    if not as_they_are:
        attributes += [("names", ", ".join(known)), *([("topIgnoredLines", str(skipped))] if skipped else [])]
    remarks = [header.remark] if header.remark else []
    if odd:
        remarks.append(f"{odd} of {len(full)} lines looked at have not {width} fields; what they lack becomes NULL")
    if any(line.startswith("#") for line in (*text.head[skipped:], *text.later)):
        attributes.append(("preFilter", "zcat | sed -e /^#/d" if text.gunzip else "sed -e /^#/d"))
        attributes = [(name, value if name != "topIgnoredLines" else str(header.lines)) for name, value in attributes if name != "gunzip"]
    return Sample(columns, Reading("csvGrammar", tuple(attributes)), len(kept), text.whole and len(full) <= ROWS, tuple(remarks))


def _lines_of(lines: Sequence[str], rows: int, separator: str) -> int:
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=separator)
    for _ in range(rows):
        next(reader)
    return reader.line_num


def _header_of(rows: Sequence[Sequence[str]], width: int, comments: Sequence[str], separator: str) -> _Header:
    """What the lines above the first row of values say."""
    first = [[field.strip() for field in row] for row in rows[:4]]
    later = [row for row in rows[4:60] if len(row) == width]
    if not _looks_like_names(first[0], width, [*first[1:], *later]):
        said = [field.strip() for field in _split([comments[-1].lstrip("# ")], separator)[0]] if comments else []
        if len(said) == width and _looks_like_names(said, width, first):
            return _Header(0, tuple(said))
        return _Header(0, tuple(f"col_{place + 1}" for place in range(width)),
                       remark="there is no line with names of columns; they are called col_1, col_2 ...")
    units: tuple[str, ...] = ()
    lines = 1
    values = [row for row in (*first[2:], *later) if not all(map(_is_ruled, row))]
    for row in first[1:3]:
        if all(map(_is_ruled, row)) or all(map(_RDB_TYPE.match, row)):
            lines += 1
        elif not units and not any(map(NUMBER.match, row)) and _are_numbers(values, width):
            units = tuple(row)
            lines += 1
        else:
            break
    return _Header(lines, tuple(first[0]), units)


def _looks_like_names(row: Sequence[str], width: int, rows: Sequence[Sequence[str]]) -> bool:
    if len(row) != width or any(map(NUMBER.match, row)) or not any(row):
        return False
    filled = [field for field in row if field]
    return len(set(filled)) == len(filled) >= width - 2 or _are_numbers(rows, width)


def _are_numbers(rows: Sequence[Sequence[str]], width: int) -> bool:
    """Whether some column has numbers only."""
    return any(rows and all(NUMBER.match(row[place]) for row in rows if place < len(row)) and any(place < len(row) for row in rows)
               for place in range(width))


def _is_ruled(field: str) -> bool:
    return not field.strip("-=: ")


# ---- ECSV

def _ecsv(text: Text) -> Sample:
    comments = _leading_comments(text.head)
    header = _ecsv_header(text.head[:comments])
    separator = header.get("delimiter", " ")
    columns = header.get("datatype")
    if separator not in (" ", ",") or not isinstance(columns, list) or not columns \
            or not all(isinstance(column, dict) for column in columns):
        raise Unreadable("its ECSV header does not describe columns")
    rows = _split(text.head[comments:], separator)
    width = len(columns)
    if not rows or len(rows[0]) != width:
        raise Unreadable(f"its ECSV header describes {width} columns, its first line has {len(rows[0]) if rows else 0}")

    def said(key: str) -> tuple[str, ...]:
        return tuple(str(column.get(key) or "") for column in columns or ())

    types = tuple("text" if subtype else _ECSV_TYPES.get(kind, "text") for kind, subtype in zip(said("datatype"), said("subtype")))
    skipped = comments + _lines_of(text.head[comments:], 1, separator)
    told = _Header(1, tuple(rows[0]), said("unit"), said("description"), types)
    return _made(text, separator, told, rows[1:], skipped, width)


def _ecsv_header(lines: Sequence[str]) -> dict[str, Any]:
    from astropy.table.meta import YamlParseError, get_header_from_yaml

    try:
        header = get_header_from_yaml([line.removeprefix("#").removeprefix(" ") for line in lines[1:]])
    except (YamlParseError, RecursionError):
        raise Unreadable("its ECSV header is no valid YAML, or has what no table needs") from None
    return header if isinstance(header, dict) else {}


# ---- with blanks

def _quoted_words(text: Text) -> bool:
    """Whether words are separated by blanks, some of them in quotes with blanks in them."""
    lines = [line for line in text.head if line.strip() and not line.startswith("#")][:300]
    if not any('"' in line for line in lines):
        return False
    width, alike = _width(_split(lines, " "))
    return width > 1 and alike == 1.0


def _in_words(text: Text) -> Sample | None:
    """Fields separated by blanks; None if lines have different numbers of them."""
    comments = _leading_comments(text.head)
    sextractor = [match for line in text.head[:comments] if (match := _SEXTRACTOR.match(line[:LONGEST_COMMENT]))]
    rows = [line.split() for line in text.head[comments:]]
    filled = [row for row in rows if row and not row[0].startswith("#")]
    width, _ = _width(filled[1:301] or filled)
    if width < 2 or any(len(row) != width for row in filled[1:]):
        return None
    if len(sextractor) > 1 and int(sextractor[-1]["number"]) == width == len(sextractor):
        header = _Header(0, tuple(match["name"] for match in sextractor), tuple(match["unit"] or "" for match in sextractor),
                         tuple((match["text"] or "").strip() for match in sextractor))
    else:
        header = _header_of(filled, width, text.head[:comments], " ")
        if header.remark and comments:
            said = text.head[comments - 1].lstrip("# ").split()
            if len(said) == width and not any(map(NUMBER.match, said)):
                header = _Header(0, tuple(said))
    if len(filled[0]) != width and header.lines == 0:
        return None
    skipped = comments
    if header.lines:
        skipped += 1 + next(number for number, row in enumerate(rows) if row is filled[header.lines - 1])
    values = [*filled[header.lines:][:ROWS], *thinned([row for row in map(str.split, text.later) if len(row) == width])]
    names = _unlike(header.names)
    known = keys(names)
    columns = tuple(Column(name, [row[place] for row in values], key=known[place], unit=_at(header.units, place),
                           description=_at(header.descriptions, place)) for place, name in enumerate(names))
    attributes = [*text.attributes, ("names", ", ".join(known))]
    if skipped:
        attributes.append(("topIgnoredLines", str(skipped)))
    if any(line.lstrip().startswith("#") for line in (*text.head[skipped:], *text.later)):
        attributes.append(("commentPat", r"(?m)^\s*#.*$"))
    return Sample(columns, Reading("reGrammar", tuple(attributes)), len(values), text.whole and len(filled) - header.lines <= ROWS,
                  (header.remark,) if header.remark else ())


def _aligned(text: Text) -> Sample:
    ranges = aligned.by_blanks([line for line in text.head if not line.startswith("#")], _leading_comments(text.head))
    if ranges is None:
        raise Unreadable("it is no table: its lines have neither the same number of fields nor columns that stand in line")
    return _in_columns(text, ranges)


def _in_columns(text: Text, table: aligned.Aligned) -> Sample:
    """Fields at fixed places of a line."""
    names = _unlike(table.names)
    known = keys(names)
    lines = [line for line in text.head[table.skipped:] if line.strip() and not line.startswith("#")]
    kept = [*lines[:ROWS], *thinned([line for line in text.later if line.strip()])]
    columns = tuple(Column(name, [line[begin - 1:end].strip() for line in kept], key=known[place], unit=_at(table.units, place))
                    for place, (name, (begin, end)) in enumerate(zip(names, table.ranges)))
    attributes = [*text.attributes]
    if table.skipped:
        attributes.append(("topIgnoredLines", str(table.skipped)))
    if any(line.startswith("#") for line in (*text.head[table.skipped:], *text.later)):
        attributes.append(("commentIntroducer", "#"))
    reading = Reading("columnGrammar", tuple(attributes), tuple((key, f"{begin}-{end}") for key, (begin, end) in zip(known, table.ranges)))
    return Sample(columns, reading, len(kept), text.whole and len(lines) <= ROWS, (table.remark,) if table.remark else ())


def _unlike(names: Sequence[str]) -> tuple[str, ...]:
    """The names, those that were there before with a number."""
    seen: set[str] = set()
    made = []
    for name in names:
        unique, number = name, 1
        while unique and unique in seen:
            number += 1
            unique = f"{name}_{number}"
        seen.add(unique)
        made.append(unique)
    return tuple(made)


def _leading_comments(lines: Sequence[str]) -> int:
    """How many lines at the begin are comments or empty."""
    return next((number for number, line in enumerate(lines) if line.strip() and not line.startswith("#")), len(lines))


def _is_filled(text: str | None) -> bool:
    return bool(text and text.strip())


def _at(texts: Sequence[str], place: int) -> str:
    return texts[place] if place < len(texts) else ""
