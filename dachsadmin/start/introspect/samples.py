"""A look into one table file: its columns with some of its rows, and text read from its begin, middle and end."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from dachsadmin.start.introspect.columns import Column
from dachsadmin.start.survey import Reading

HEAD = 512 * 1024
"""Bytes from the begin of a text file that are looked at."""
LATER = 128 * 1024
"""Bytes from its middle, and again from its end."""
ROWS = 2000
"""Rows of a table that are looked at, at most."""


Row = TypeVar("Row")


class Unreadable(Exception):
    """A file that cannot be used as a table; the message says why, for the operator."""


@dataclass(frozen=True)
class Sample:
    """What one file tells: columns with the rows looked at, how DaCHS reads it, and what the operator should know.

    `rows` counts those looked at; `whole` says that they are all.
    """

    columns: tuple[Column, ...]
    reading: Reading
    rows: int
    whole: bool = True
    remarks: tuple[str, ...] = ()

    @property
    def signature(self) -> tuple[str, ...]:
        """What files that DaCHS reads in one go have in common."""
        return tuple(column.source for column in self.columns)

    def with_rows_of(self, other: Sample, most: int = 5 * ROWS) -> Sample:
        """The same with another file's rows after these, which has the same signature."""
        columns = tuple(replace(mine, values=[*mine.values, *its.values][:most]) for mine, its in zip(self.columns, other.columns))
        return replace(self, columns=columns, rows=self.rows + other.rows, whole=self.whole and other.whole,
                       remarks=tuple(dict.fromkeys([*self.remarks, *other.remarks])))


@dataclass(frozen=True)
class Text:
    """Lines of a text file without their ends: the first ones, and (of a large file) some from its middle and end.

    `encoding` is what DaCHS must be told; `gunzip`: it is gzipped.
    """

    head: tuple[str, ...]
    later: tuple[str, ...]
    encoding: str
    gunzip: bool
    whole: bool

    @property
    def attributes(self) -> tuple[tuple[str, str], ...]:
        """Those of any of DaCHS's grammars for text. Without `enc`, DaCHS 2.3 to 2.13 take a file for ASCII."""
        return (("enc", self.encoding), *((("gunzip", "True"),) if self.gunzip else ()))


def is_gzipped(path: str) -> bool:
    return beginning(path, 2) == b"\x1f\x8b"


def beginning(path: str, count: int = 4096) -> bytes:
    """The first bytes of a file as it is. Raises Unreadable if it cannot be read."""
    try:
        with open(path, "rb") as stream:
            return stream.read(count)
    except OSError as error:
        raise Unreadable(f"it cannot be read: {error.strerror}") from None


def unpacked_beginning(path: str, count: int = 4096) -> bytes:
    """The first bytes of a file, unzipped. Raises Unreadable."""
    if not is_gzipped(path):
        return beginning(path, count)
    try:
        with gzip.open(path, "rb") as stream:
            return stream.read(count)
    except (OSError, EOFError, zlib.error) as error:
        raise Unreadable(f"its gzip compression is broken: {error}") from None


def read_text(path: str) -> Text:
    """Lines of a text file in UTF-8 (or else ISO 8859-1). Raises Unreadable."""
    gunzip = is_gzipped(path)
    head = unpacked_beginning(path, HEAD)
    pieces = [head]
    whole = len(head) < HEAD
    if not whole and not gunzip:
        size = os.path.getsize(path)
        with open(path, "rb") as stream:
            for place in (size // 2, size - LATER):
                if place > HEAD:
                    stream.seek(place)
                    pieces.append(stream.read(LATER))
    for piece in pieces:
        if b"\0" in piece:
            raise Unreadable("it is no text: it has NUL bytes")
    encoding = "utf-8" if all(_is_utf8(piece, cut=not whole) for piece in pieces) else "iso-8859-1"
    if head.startswith(b"\xef\xbb\xbf"):
        encoding = "utf-8-sig"
    lines = [piece.decode(encoding, "replace").splitlines() for piece in pieces]
    first = lines[0] if whole else lines[0][:-1]
    # What comes from the middle begins and ends within a line.
    return Text(tuple(first), tuple(line for some in lines[1:] for line in some[1:-1]), encoding, gunzip, whole)


def thinned(rows: Sequence[Row], most: int = ROWS // 2) -> Sequence[Row]:
    """At most so many rows, from all over the list."""
    return rows[::len(rows) // most + 1]


def _is_utf8(piece: bytes, *, cut: bool) -> bool:
    """Whether it is; a piece that was cut out of a file may begin and end within a character."""
    for _ in range(4 if cut else 1):
        try:
            piece.decode("utf-8")
        except UnicodeDecodeError as error:
            if cut and error.start >= len(piece) - 3:
                return True
            if error.start > 0:
                return False
            piece = piece[1:]
        else:
            return True
    return False
