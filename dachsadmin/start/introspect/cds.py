"""Tables that are described byte by byte, as CDS and the AAS journals do it: in a ReadMe, or above the rows."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass

from dachsadmin.start.introspect.columns import Column
from dachsadmin.start.introspect.names import keys
from dachsadmin.start.introspect.samples import ROWS, Sample, Unreadable, read_text, thinned
from dachsadmin.start.survey import Reading

LONGEST_LINE = 1000
"""Characters of a line in a description that are looked at."""

_TITLE = re.compile(r"\s*Byte-by-byte Description(?: of file)?\s*:?\s*(?P<files>.*)\Z", re.IGNORECASE)
_RULE = re.compile(r"\s*-{20,}\s*\Z")
_COLUMN = re.compile(r"\s*(?:(?P<begin>[0-9]+)\s*-\s*)?(?P<end>[0-9]+)\s+(?P<form>[0-9]*[AIFEDLG](?:[0-9.]+)?)\s+(?P<unit>\S+)\s+"
                     r"(?P<label>\S+)(?:\s+(?P<text>.*?))?\s*\Z")
_CONTINUED = re.compile(r"\s{12,}(?P<text>\S.*?)\s*\Z")
_LIMITS = re.compile(r"(?:\*\s*)?(?:[\[\]][^\[\]]*[\[\]])?(?P<order>[+-]?=?)?")
_NULL = re.compile(r"\?(?:=(?P<null>[^\s,;]+))?[+-]?\s*")
_NOTE = re.compile(r"\s*\((?:G?[0-9]+|[a-z])\)\s*\Z")
_READMES = ("ReadMe", "README", "readme", "ReadMe.txt", "README.txt")
_TYPES = {"A": "text", "I": "integer", "F": "", "E": "", "G": "", "D": "double precision", "L": ""}


@dataclass(frozen=True)
class _Described:
    """A column as it is described: bytes from 1, ends included; `null` is `-` for blanks only."""

    label: str
    begin: int
    end: int
    form: str
    unit: str
    text: str
    null: str


def read(path: str) -> Sample | None:
    """The columns of a file that is described byte by byte; None if it is not. Raises Unreadable."""
    text = read_text(path)
    described = _descriptions(text.head).get("", [])
    skipped = 0
    if described:
        rules = [number for number, line in enumerate(text.head) if _RULE.match(line)]
        skipped = rules[-1] + 1
    else:
        described = _from_readme(path)
    if not described:
        return None
    lines = [line for line in text.head[skipped:] if line.strip()]
    if not lines:
        raise Unreadable("it has a description, but no rows")
    longest, last = max(map(len, lines)), max(column.begin for column in described)
    if longest < last:
        raise Unreadable(f"it is not what its description says: that has a column at byte {last}, the lines have {longest}")
    kept = [*lines[:ROWS], *thinned([line for line in text.later if line.strip()])]
    labels = [column.label for column in described]
    known = keys(labels)
    columns = tuple(_column(column, key, kept) for column, key in zip(described, known))
    attributes = [*text.attributes, *([("topIgnoredLines", str(skipped))] if skipped else [])]
    ranges = tuple((key, f"{column.begin}-{column.end}") for column, key in zip(described, known))
    return Sample(columns, Reading("columnGrammar", tuple(attributes), ranges), len(kept), text.whole and len(lines) <= ROWS)


def is_readme(path: str) -> bool:
    """Whether a file only describes others."""
    return os.path.basename(path) in _READMES


def _column(column: _Described, key: str, lines: Sequence[str]) -> Column:
    values = [line[column.begin - 1:column.end].strip() for line in lines]
    kind = _TYPES[column.form.lstrip("0123456789")[0]]
    return Column(column.label, values, unit="" if column.unit == "---" else column.unit, description=column.text, key=key,
                  declared=kind, null=column.null if column.null != "-" else "")


def _from_readme(path: str) -> list[_Described]:
    folder = os.path.dirname(path)
    for name in _READMES:
        readme = os.path.join(folder, name)
        if os.path.isfile(readme) and os.path.abspath(readme) != os.path.abspath(path):
            wanted = os.path.basename(path).removesuffix(".gz")
            for pattern, columns in _descriptions(read_text(readme).head).items():
                if any(fnmatch.fnmatch(wanted, each) for each in re.split(r"[\s,]+", pattern) if each):
                    return columns
    return []


def _descriptions(lines: Sequence[str]) -> dict[str, list[_Described]]:
    """All descriptions in a text, by the files that they are of; those above rows in the same file are under ``, too."""
    found: dict[str, list[_Described]] = {}
    at = 0
    while at < len(lines):
        title = _TITLE.match(lines[at])
        at += 1
        if title is None:
            continue
        files = title["files"]
        rules = 0
        columns: list[_Described] = []
        while at < len(lines) and rules < 3:
            line = lines[at][:LONGEST_LINE]
            at += 1
            if _RULE.match(line):
                rules += 1
            elif rules == 2:
                _add(columns, line)
            elif rules == 0 and line.strip():
                files += " " + line.strip()
        if columns:
            found.setdefault(files.strip(), columns)
            found.setdefault("", columns)
    return found


def _add(columns: list[_Described], line: str) -> None:
    """Another column, or more text for the last one."""
    match = _COLUMN.match(line)
    if match:
        end = int(match["end"])
        begin = int(match["begin"] or end)
        if begin < 1 or end < begin:
            raise Unreadable(f"its description has a column {match['label']!r} at bytes {begin}-{end}")
        text, null = _without_limits(match["text"] or "")
        columns.append(_Described(match["label"], begin, end, match["form"], match["unit"], text, null))
    elif columns and (more := _CONTINUED.match(line)):
        last = columns[-1]
        columns[-1] = _Described(last.label, last.begin, last.end, last.form, last.unit, f"{last.text} {more['text']}", last.null)


def _without_limits(text: str) -> tuple[str, str]:
    """A description without limits, order and null (`[0/360]?=-99 Text (1)`), and the literal for missing values."""
    limits = _LIMITS.match(text)
    rest = text[limits.end():] if limits else text
    null = _NULL.match(rest)
    if null:
        rest = rest[null.end():]
    rest = _NOTE.sub("", rest)
    return rest.strip(), (null["null"] or "-") if null else ""
