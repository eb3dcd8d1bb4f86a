"""Minimal changes to the text of an RD: all bytes that no edit names stay as they are."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dachsadmin.model.finding import Edit, Fix
from dachsadmin.rd.document import Document, Element, parse

Span = tuple[int, int, bytes]
"""Where bytes are replaced, from the first to behind the last, and by what."""


@dataclass(frozen=True)
class Edited:
    """An RD after some fixes. `spans` are the edits that were made, in order, with what now stands in their place."""

    raw: bytes
    applied: tuple[Fix, ...] = ()
    skipped: tuple[tuple[Fix, str], ...] = ()
    spans: tuple[Span, ...] = ()


def apply(document: Document, fixes: Iterable[Fix]) -> Edited:
    """Apply fixes to the bytes of an RD, each wholly or not at all; what conflicts with an earlier one is skipped.

    Replacements are written in the RD's own encoding and line ends; what the encoding lacks becomes `&#…;`.
    """
    spans: list[Span] = []
    applied: list[Fix] = []
    skipped: list[tuple[Fix, str]] = []
    for fix in fixes:
        wanted = sorted({(edit.start, edit.end, _encode(edit, document)) for edit in fix.edits})
        reason = _refuse(wanted, spans, document.raw)
        if reason:
            skipped.append((fix, reason))
        else:
            spans = sorted({*spans, *wanted})
            applied.append(fix)
    pieces: list[bytes] = []
    position = 0
    for start, end, replacement in spans:
        pieces += (document.raw[position:start], replacement)
        position = end
    return Edited(b"".join((*pieces, document.raw[position:])), tuple(applied), tuple(skipped), tuple(spans))


def fault(document: Document, edited: Edited) -> str:
    """Why the edited text must not replace the RD; `` if only what the edits name has changed.

    Every element that begins outside of the edits has to be there still: at its place, with its parent, its tag and its
    attributes (the latter two unless an edit is in its start tag).
    """
    after = parse(edited.raw, document.rd_id, document.file)
    if after.root is None:
        return "the result would be no RD" + (f": {after.failure.message}" if after.failure else "")
    if document.root is None:
        return ""
    expected = [_likeness(element, document, edited.spans, moved=True) for element in document.order
                if not any(start <= element.offset < end for start, end, _ in edited.spans)]
    inserted = _inserted(edited.spans)
    found = [_likeness(element, after, inserted, moved=False) for element in after.order
             if not any(start <= element.offset < end for start, end, _ in inserted)]
    return "" if expected == found else "the result would change what no edit names"


def diff(before: bytes, after: bytes, file: str) -> bytes:
    """A unified diff that `patch -p1` and `git apply` take, in the encoding of the file; empty if nothing changes."""
    name = file.encode("utf-8", "surrogateescape").lstrip(b"/")
    made = difflib.diff_bytes(difflib.unified_diff, _lines(before), _lines(after), b"a/" + name, b"b/" + name,
                              lineterm=b"\n")
    return b"".join(line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n" for line in made)


def _encode(edit: Edit, document: Document) -> bytes:
    text = edit.replacement
    if document.raw.count(b"\r\n") * 2 > document.raw.count(b"\n"):
        text = re.sub("\r?\n", "\r\n", text)
    return text.encode(document.encoding, "xmlcharrefreplace")


def _refuse(wanted: Sequence[Span], spans: Sequence[Span], raw: bytes) -> str:
    if not all(0 <= start <= end <= len(raw) for start, end, _ in wanted):
        return "it is about bytes that are not there"
    if not wanted or all(raw[start:end] == replacement for start, end, replacement in wanted):
        return "it changes nothing"
    if any(_clash(one, other) for number, one in enumerate(wanted) for other in wanted[:number]):
        return "its edits overlap"
    if any(_clash(one, other) for one in wanted for other in spans if one != other):
        return "another fix changes the same place"
    return ""


def _clash(one: Span, other: Span) -> bool:
    """Whether two edits touch a common byte, or insert different text at the same place."""
    if one[:2] == other[:2]:
        return True
    return one[0] < other[1] and other[0] < one[1]


def _inserted(spans: Sequence[Span]) -> tuple[Span, ...]:
    """The spans as they stand in the edited text."""
    shifted = []
    shift = 0
    for start, end, replacement in spans:
        shifted.append((start + shift, start + shift + len(replacement), replacement))
        shift += len(replacement) - (end - start)
    return tuple(shifted)


def _likeness(element: Element, document: Document, spans: Sequence[Span], *, moved: bool) -> tuple[object, ...]:
    """What has to be the same in an element before and after. `moved`: tell offsets as they are after the edits."""
    def place(offset: int) -> int:
        if not moved:
            return offset
        return offset + sum(len(text) - (end - start) for start, end, text in spans if end <= offset)

    tag_end = document.tag_end(element)
    touched = any(start < tag_end and end > element.offset for start, end, _ in spans)
    parent = element.parent
    inside = parent is not None and any(start <= parent.offset < end for start, end, _ in spans)
    return (place(element.offset), None if touched else (element.tag, tuple(element.attrib.items())),
            None if parent is None or inside else place(parent.offset))


def _lines(raw: bytes) -> list[bytes]:
    return raw.split(b"\n") if not raw else re.findall(rb"[^\n]*\n|[^\n]+", raw)
