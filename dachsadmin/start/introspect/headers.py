"""The headers of FITS files, read without their data and as DaCHS's grammars see them."""

from __future__ import annotations

import functools
import gzip
import os
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Union

from dachsadmin.start.introspect import files
from dachsadmin.start.survey import Value

BLOCK = 2880
CARD = 80
MOST_BLOCKS = 2000
"""Longer headers (5.7 MB) are taken for garbage that happens to begin as FITS does."""
PATIENCE_OF_DACHS = 40
"""Blocks of a header that fitsProdGrammar reads if its attribute maxHeaderBlocks does not say otherwise (DaCHS 2.3 to 2.13)."""

_END = b"END" + b" " * (CARD - 3)
_READ_AHEAD = 4 * BLOCK
_MOST_HDUS = 1000
_NUMBER = rb"[+-]? *(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[EeDd][+-]?[0-9]+)?"
_VALUE = re.compile(rb" *(?:'([ -~]*?)'(?=[ /]|$)|([TF])(?=[ /]|$)|(" + _NUMBER + rb")(?=[ /]|$)|"
                    rb"(\( *" + _NUMBER + rb" *, *" + _NUMBER + rb" *\)))? *(?:/ *(.*))?$", re.DOTALL)
_RECORD_VALUED = re.compile(r"[A-Za-z_]\w*(?:\.\w+)*: +" + _NUMBER.decode("ascii") + r"\Z")
_COMMENTARY = frozenset((b"", b"COMMENT", b"HISTORY", b"END"))
_IGNORED = ("", None, "")

Stream = Union[IO[bytes], gzip.GzipFile]
_ASCII_ONLY = bytes(range(128)) + b"?" * 128


class Unusable(Exception):
    """A file that is no FITS file, or a broken one; the message says why, for the operator."""


@dataclass(frozen=True)
class Hdu:
    """One header: keywords without `HIERARCH`, each with its value (None if it has none) and its comment."""

    cards: Mapping[str, tuple[Value, str]]
    blocks: int
    """Its length, in units of 2880 bytes."""
    ascii: bool = True
    """No byte is outside ASCII; DaCHS drops such bytes, and so moves everything that follows."""

    def value(self, keyword: str, default: Value = None) -> Value:
        return self.cards.get(keyword, (default, ""))[0]

    def number(self, keyword: str, default: int = 0) -> int:
        """A count such as NAXIS1; the default if it is missing, negative or no whole number."""
        value = self.value(keyword)
        return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else default

    def text(self, keyword: str) -> str:
        value = self.value(keyword)
        return value.strip() if isinstance(value, str) else ""

    @functools.cached_property
    def kind(self) -> str:
        """`image`, `table`, or `nothing` for a header without data; a compressed image is an image."""
        if self.text("XTENSION") in ("BINTABLE", "TABLE", "A3DTABLE") and not self.compressed:
            return "table"
        return "image" if self.shape and all(self.shape) else "nothing"

    @property
    def compressed(self) -> bool:
        """Whether it is an image in tiles (FITS 4.0, 10.1)."""
        return self.value("ZIMAGE") is True

    @functools.cached_property
    def shape(self) -> tuple[int, ...]:
        """NAXIS1, NAXIS2 ..., of a compressed image those of the image."""
        letter = "Z" if self.compressed else ""
        return tuple(self.number(f"{letter}NAXIS{axis}") for axis in range(1, min(self.number(f"{letter}NAXIS"), 999) + 1))

    @property
    def columns(self) -> tuple[str, ...]:
        """TTYPE1, TTYPE2 ... of a table; empty for those without a name."""
        return tuple(self.text(f"TTYPE{number}") for number in range(1, min(self.number("TFIELDS"), 999) + 1))

    @property
    def size(self) -> int:
        """Bytes of its data, without padding (FITS 4.0, 4.4.1.1 and 4.4.1.2)."""
        axes = [self.number(f"NAXIS{axis}") for axis in range(1, min(self.number("NAXIS"), 999) + 1)]
        if not axes:
            return 0
        if axes[0] == 0 and self.value("GROUPS") is True:
            axes = axes[1:]
        count = 1
        for length in axes:
            count *= length
        bits = self.value("BITPIX")
        width = abs(bits) // 8 if isinstance(bits, int) else 0
        return width * self.number("GCOUNT", 1) * (self.number("PCOUNT") + count)


@dataclass(frozen=True)
class FitsFile:
    """The headers of a file: all of them, or those up to the first one with data."""

    path: str
    hdus: tuple[Hdu, ...]
    gzipped: bool = False

    @property
    def first_with_data(self) -> int:
        """The index of that HDU; 0 if none has any."""
        return next((number for number, hdu in enumerate(self.hdus) if hdu.kind != "nothing"), 0)


def read(path: str, *, all_hdus: bool = False, thorough: bool = False) -> FitsFile:
    """The headers of a FITS file, gzipped or not, up to the first with data, or of `all_hdus`.

    What a header promises is compared with the file's size; `thorough` decompresses a gzipped file to its end.
    Raises Unusable.
    """
    try:
        with open(path, "rb", buffering=0) as raw:
            begin = raw.read(_READ_AHEAD)
            if begin[:2] != b"\x1f\x8b":
                _demand_fits(begin)
                return FitsFile(path, _hdus(raw, begin, os.fstat(raw.fileno()).st_size, all_hdus))
            raw.seek(0)
            return _read_gzipped(path, raw, all_hdus, thorough)
    except (zlib.error, gzip.BadGzipFile):
        raise Unusable("its gzip compression is broken; fetch it again, or make it anew") from None
    except EOFError:
        raise Unusable("it is cut off: its gzip compression has no end") from None
    except OSError as error:
        raise Unusable(f"it cannot be read: {error.strerror or error}") from None


def merged(first: Hdu, second: Hdu) -> Hdu:
    """Both headers in one; what they both have is as the second has it."""
    return Hdu({**first.cards, **second.cards}, max(first.blocks, second.blocks), first.ascii and second.ascii)


def key(keyword: str) -> str:
    """What fitsProdGrammar calls a keyword: `DATE_OBS` for DATE-OBS (DaCHS 2.3 to 2.13)."""
    return keyword.replace("-", "_")


def _demand_fits(begin: bytes) -> None:
    if not begin:
        raise Unusable("it is empty")
    if begin[:9].rstrip() != b"SIMPLE  =" or begin[:2] == b"\x1f\x8b":
        raise Unusable(files.not_for_dachs(begin) or "it is no FITS file")


def _read_gzipped(path: str, raw: IO[bytes], all_hdus: bool, thorough: bool) -> FitsFile:
    packed = os.fstat(raw.fileno()).st_size
    raw.seek(max(packed - 4, 0))
    # What gzip writes at the end: the size before compression, modulo 2**32 (RFC 1952, 2.3.1).
    promised = int.from_bytes(raw.read(4), "little")
    raw.seek(0)
    with gzip.GzipFile(fileobj=raw, mode="rb") as stream:
        begin = stream.read(_READ_AHEAD)
        _demand_fits(begin)
        hdus = _hdus(stream, begin, None, all_hdus)
        needed = sum(hdu.blocks * BLOCK + -(-hdu.size // BLOCK) * BLOCK for hdu in hdus[:-1]) + hdus[-1].blocks * BLOCK
        # A file with several gzip members has the size of the last one there: then only reading on can tell.
        if thorough or promised < (needed + hdus[-1].size) % 2**32 or promised > 1100 * packed:
            read = stream.tell()
            while piece := stream.read(1 << 18):
                read += len(piece)
            if read < needed + hdus[-1].size:
                raise Unusable(_too_short(needed + hdus[-1].size, read))
    if not path.endswith(".gz"):
        raise Unusable("it is compressed, which DaCHS does not see without .gz in its name; rename it to "
                       f"{os.path.basename(path)}.gz")
    return FitsFile(path, hdus, gzipped=True)


def _too_short(promised: int, there: int) -> str:
    return f"it is cut off: its header promises {promised} bytes, {there} are there"


def _hdus(stream: Stream, begin: bytes, size: int | None, all_hdus: bool) -> tuple[Hdu, ...]:
    """Headers from a stream that stands behind `begin`; `size` of the whole file, or None if that is not known."""
    hdus: list[Hdu] = []
    place = 0
    while True:
        header, rest = _header(stream, begin)
        hdu = _parsed_header(header)
        hdus.append(hdu)
        place += hdu.blocks * BLOCK
        if size is not None and place + hdu.size > size:
            raise Unusable(_too_short(place + hdu.size, size))
        if len(hdus) >= _MOST_HDUS or (not all_hdus and hdu.kind != "nothing"):
            return tuple(hdus)
        padded = -(-hdu.size // BLOCK) * BLOCK
        place += padded
        begin = _after(stream, rest, padded)
        if not begin.startswith(b"XTENSION"):
            return tuple(hdus)  # The end of the file, or special records (FITS 4.0, 3.5).


def _after(stream: Stream, rest: bytes, gap: int) -> bytes:
    """What follows `gap` bytes, of which those in `rest` have been read."""
    if gap < len(rest):
        return rest[gap:]
    stream.seek(gap - len(rest), os.SEEK_CUR)
    return stream.read(_READ_AHEAD)


def _header(stream: Stream, begin: bytes) -> tuple[bytes, bytes]:
    """The header that `begin` starts, up to its END, and what has been read of its data; the stream stands behind."""
    searched = 0
    while True:
        end = begin.find(_END, searched)
        while end % CARD and end >= 0:
            end = begin.find(_END, end + 1)
        if end >= 0:
            length = (end // BLOCK + 1) * BLOCK
            if len(begin) < length:
                begin += stream.read(length - len(begin))
            return begin[:end], begin[length:]
        if len(begin) >= MOST_BLOCKS * BLOCK:
            raise Unusable(f"its header has no END within {MOST_BLOCKS * BLOCK} bytes")
        searched = len(begin) // CARD * CARD
        more = stream.read(_READ_AHEAD)
        if not more:
            raise Unusable("it is cut off: its header has no END")
        begin += more


def _parsed_header(header: bytes) -> Hdu:
    cards: dict[str, tuple[Value, str]] = {}
    last = ""
    for place in range(0, len(header), CARD):
        keyword, value, comment = _card(header[place:place + CARD])
        if keyword == "CONTINUE":
            begun = cards[last][0] if last else None
            if isinstance(begun, str) and begun.endswith("&") and isinstance(value, str):
                cards[last] = (begun[:-1] + value, cards[last][1] + comment)
        elif keyword:
            cards[keyword] = (value, comment)
            last = keyword
    return Hdu(cards, len(header) // BLOCK + 1, header.isascii())


@functools.lru_cache(16384)
def _card(raw: bytes) -> tuple[str, Value, str]:
    """Keyword, value and comment of a card; no keyword where it tells nothing.

    Most cards are the same in all files of a survey, hence the cache.
    """
    raw = raw.translate(_ASCII_ONLY)
    keyword = raw[:8].strip()
    if keyword in _COMMENTARY:
        return _IGNORED
    if keyword == b"CONTINUE":
        rest = raw[8:]
    elif keyword == b"HIERARCH" and raw[8:9] == b" " and b"=" in raw:
        keyword, _, rest = raw[9:].partition(b"=")
        keyword = keyword.strip()
    else:
        place = raw.find(b"= ")
        if not 0 <= place <= 8:
            return _IGNORED
        keyword, rest = keyword[:place].upper(), raw[place + 2:]
    name = keyword.decode("ascii")
    if not name or not name.isprintable() or name != name.strip():
        return _IGNORED
    value, comment = _value(rest)
    if isinstance(value, str) and _RECORD_VALUED.match(value):
        return _IGNORED  # DaCHS sees another keyword (FITS WCS paper IV, 2.3.1).
    return name, value, comment


def _value(rest: bytes) -> tuple[Value, str]:
    match = _VALUE.match(rest)
    if match is None:
        return None, ""  # It breaks the standard; what DaCHS makes of it is nothing to be relied on (quotes, other keys).
    string, truth, number, pair, comment = match.groups()
    said = comment.decode("ascii").strip() if comment else ""
    if string is not None:
        return string.decode("ascii").replace("''", "'").rstrip(), said
    if truth is not None:
        return truth == b"T", said
    if number is not None:
        return _number(number), said
    return (pair.decode("ascii") if pair else None), said


def _number(text: bytes) -> Value:
    plain = text.replace(b" ", b"")
    if plain.lstrip(b"+-").isdigit():
        return int(plain)
    return float(plain.replace(b"D", b"E").replace(b"d", b"e"))
