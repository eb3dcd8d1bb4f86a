"""Text tables whose fields stand at fixed places of a line: below rules, between bars (IPAC), or told by blanks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_DASHES = re.compile(r"[-=]{2,}|(?<![^\s+|])[-=](?![^\s+|])")
_ONLY_RULES = re.compile(r"[-=+|\s]+\Z")
NUMBER = re.compile(r"\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eEdD][+-]?[0-9]+)?\s*\Z")
_LINES_FOR_BLANKS = 2000


@dataclass(frozen=True)
class Aligned:
    """Names and places (from 1, ends included) of fields, and how many lines stand above the rows."""

    names: tuple[str, ...]
    ranges: tuple[tuple[int, int], ...]
    skipped: int
    units: tuple[str, ...] = ()
    remark: str = ""


def ipac(lines: Sequence[str]) -> Aligned | None:
    """An IPAC table: names, types, units and nulls between bars, above fields that stand below them."""
    first = next((number for number, line in enumerate(lines) if line.strip() and not line.startswith("\\")), None)
    if first is None or not lines[first].startswith("|") or lines[first].count("|") < 3:
        return None
    headers = []
    for line in lines[first:first + 4]:
        if not line.startswith("|"):
            break
        headers.append(line)
    bars = [place for place, mark in enumerate(headers[0]) if mark == "|"]
    rows = [line for line in lines[first + len(headers):][:20] if line.strip()]
    if len(headers) < 2 or not rows or any(line.startswith("|") for line in rows):
        return None

    def said(line: str) -> tuple[str, ...]:
        return tuple(line[begin + 1:end].strip() for begin, end in zip(bars, bars[1:]))

    # A field may use the place below the bar to its left.
    ranges = tuple((begin + 1, end) for begin, end in zip(bars, bars[1:]))
    return Aligned(said(headers[0]), ranges, first + len(headers), said(headers[2]) if len(headers) > 2 else ())


def ruled(lines: Sequence[str]) -> Aligned | None:
    """Names, a line of dashes below them that shows how wide columns are, and rows."""
    for number, line in enumerate(lines[:50]):
        spans = [match.span() for match in _DASHES.finditer(line)]
        if len(spans) < 2 or not _ONLY_RULES.match(line):
            continue
        above = number - 1 if number and lines[number - 1].strip(" -=+|#") else number + 1
        if above >= len(lines) or not lines[above].strip(" -=+|#"):
            return None
        names = tuple(lines[above].lstrip("#").rjust(len(lines[above]))[begin:end].strip() for begin, end in spans)
        if not all(names) or len(set(names)) < len(names):
            return None
        skipped = max(above, number) + 1
        while skipped < len(lines) and _ONLY_RULES.match(lines[skipped]):
            skipped += 1
        return Aligned(names, tuple((begin + 1, end) for begin, end in spans), skipped)
    return None


def by_blanks(lines: Sequence[str], comments: int) -> Aligned | None:
    """Columns told by the places that are blank in all lines; the first line has the names, unless it has numbers."""
    filled = [line.expandtabs() for line in lines if line.strip()][:_LINES_FOR_BLANKS]
    if len(filled) < 4 or any("\t" in line for line in lines):
        return None
    named = not any(NUMBER.match(word) for word in filled[0].split())
    rows = filled[1:] if named else filled
    width = max(map(len, rows))
    inked = [any(place < len(line) and line[place] != " " for line in rows) for place in range(width)]
    ranges: list[tuple[int, int]] = []
    for place, ink in enumerate(inked):
        if ink and (place == 0 or not inked[place - 1]):
            ranges.append((place + 1, place + 1))
        elif ink:
            ranges[-1] = (ranges[-1][0], place + 1)
    if len(ranges) < 2 or not any(_are_numbers(rows, begin, end) for begin, end in ranges):
        return None
    remark = "columns were told by what is blank in all lines looked at; compare their places with the file"
    found = _below(filled[0], ranges) if named else None
    if found is None:
        names = tuple(f"col_{number + 1}" for number in range(len(ranges)))
        return Aligned(names, tuple(ranges), comments + named, remark=f"{remark}, and their names, as there are none above them")
    return Aligned(tuple(found), tuple(found.values()), comments + named, remark=remark)


def _are_numbers(lines: Sequence[str], begin: int, end: int) -> bool:
    words = [line[begin - 1:end].strip() for line in lines]
    return all(NUMBER.match(word) for word in words if word)


def _below(line: str, ranges: Sequence[tuple[int, int]]) -> dict[str, tuple[int, int]] | None:
    """The words of a line, each with the place below it; None if that cannot be told."""
    words = [(match.start() + 1, match.end(), match[0]) for match in re.finditer(r"\S+", line)]
    found: dict[str, tuple[int, int]] = {}
    for begin, end in ranges:
        _, name = min((max(start - end, begin - stop, 0), name) for start, stop, name in words)
        found[name] = (found[name][0], end) if name in found else (begin, end)
    return found if len(found) == len(words) and list(found) == [name for *_, name in words] else None
