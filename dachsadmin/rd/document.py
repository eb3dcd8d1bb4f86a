"""One resource descriptor as text: safe parsing with exact positions."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import Any
from xml.parsers import expat

from dachsadmin.model.finding import Location

MAX_BYTES = 20_000_000
"""A larger file is no RD (the largest known one has 0.3 MB); it is refused unread."""

_ATTRIBUTE = re.compile(rb"""([^\s=<>/"']+)\s*=\s*("[^"]*"|'[^']*')""")
_TAG_END = re.compile(rb"""(?:[^<>"']++|"[^"]*+"|'[^']*+')*+>""")

# Their content is not parsed where it stands but replayed somewhere else, with macros filled in.
EVENT_STREAMS = frozenset({"STREAM", "NXSTREAM", "FEED", "LFEED", "LOOP", "events", "EDIT", "mixinDef", "processEarly",
                           "processLate", "DEFAULTS"})


class Refused(Exception):
    """The bytes are no RD that may be read: DTDs and entities are not expanded, ever."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


@dataclass(frozen=True)
class ParseFailure:
    """Why there is no element tree. `kind`: empty, binary, too-large, encoding, dtd, xml or not-an-rd."""

    kind: str
    message: str
    offset: int


class Element:
    """An XML element of an RD.

    `attrib` holds the XML attributes, in order. `text` is all direct character data (comments left out). `replayed`
    is True inside STREAM, LOOP, mixinDef and the like: names there may be made by macros. `index` counts elements in
    document order; `end` is the index of the first element after this one's last descendant.
    """

    __slots__ = ("tag", "attrib", "parent", "children", "chunks", "offset", "replayed", "index", "end", "end_offset")

    def __init__(self, tag: str, attrib: dict[str, str], parent: Element | None, offset: int, index: int) -> None:
        self.tag = tag
        self.attrib = attrib
        self.parent = parent
        self.children: list[Element] = []
        self.chunks: list[str] = []
        self.offset = offset
        self.index = index
        self.end = index + 1
        self.end_offset = offset
        self.replayed: bool = parent is not None and (parent.replayed or parent.tag in EVENT_STREAMS)

    @property
    def text(self) -> str:
        return "".join(self.chunks)

    def get(self, name: str, default: str | None = None) -> str | None:
        """The value of an attribute, whether it is written as an XML attribute or as a child element.

        DaCHS takes both for the same thing.
        """
        value = self.attrib.get(name)
        if value is not None:
            return value
        for child in self.children:
            if child.tag == name:
                return "".join(child.chunks).strip()
        return default

    def child(self, tag: str) -> Element | None:
        for child in self.children:
            if child.tag == tag:
                return child
        return None

    def iter(self, *tags: str) -> Iterator[Element]:
        """The descendants in document order, this element included; with tags, only those."""
        stack = [self]
        while stack:
            element = stack.pop()
            if not tags or element.tag in tags:
                yield element
            stack.extend(reversed(element.children))

    def ancestors(self) -> Iterator[Element]:
        element = self.parent
        while element is not None:
            yield element
            element = element.parent

    def within(self, *tags: str) -> Element | None:
        """The nearest ancestor with one of these tags."""
        for ancestor in self.ancestors():
            if ancestor.tag in tags:
                return ancestor
        return None

    def __repr__(self) -> str:
        return f"<{self.tag} {self.attrib}>"


@dataclass(frozen=True)
class Comment:
    """An XML comment: where it stands (byte offset), its text, and the element that begins next after it, if any."""

    offset: int
    text: str
    next: int


@dataclass
class Document:
    """A parsed RD.

    `rd_id` is what DaCHS calls it (`lamost6/q`, `//tap`), `file` the path to show, `raw` the bytes as they are on
    disk. `root` is None exactly when `failure` is set. `facts` remembers what was found out about it (see surroundings.py).
    """

    rd_id: str
    file: str
    raw: bytes
    root: Element | None = None
    failure: ParseFailure | None = None
    encoding: str = "utf-8"
    order: list[Element] = field(default_factory=list)
    by_tag: dict[str, list[Element]] = field(default_factory=dict)
    comments: list[Comment] = field(default_factory=list)
    facts: dict[object, Any] = field(default_factory=dict)
    _lines: list[int] | None = None

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of all elements and XML attributes."""
        return frozenset(self.by_tag).union(*[element.attrib for element in self.order])

    def elements(self, *tags: str) -> list[Element]:
        """All elements with one of the tags, in document order within each tag."""
        if len(tags) == 1:
            return self.by_tag.get(tags[0], [])
        return [element for tag in tags for element in self.by_tag.get(tag, ())]

    def location_at(self, offset: int) -> Location:
        """The line and column (in characters, from 1) of a byte offset."""
        if self._lines is None:
            self._lines = list(accumulate(map((1).__add__, map(len, self.raw.split(b"\n"))), initial=0))
        line = bisect.bisect_right(self._lines, offset)
        text = self.raw[self._lines[line - 1]:offset].decode(self.encoding, "replace")
        return Location(self.file, line, len(text.removeprefix("\ufeff")) + 1)

    def location(self, element: Element | None) -> Location:
        """Where an element begins (its `<`)."""
        return Location(self.file, 1, 1) if element is None else self.location_at(element.offset)

    def attribute_span(self, element: Element, name: str) -> tuple[int, int] | None:
        """The byte offsets of an XML attribute's value, without its quotes; None if it is not written as one."""
        for match in _ATTRIBUTE.finditer(self.raw, element.offset, self.tag_end(element)):
            if match[1].decode(self.encoding, "replace") == name:
                return match.start(2) + 1, match.end(2) - 1
        return None

    def value_span(self, element: Element, name: str) -> tuple[int, int] | None:
        """The byte offsets of an attribute's value, be it an XML attribute or a child element with nothing but text.

        Blanks around it are left out. None where it is written in another way (CDATA, entities, comments).
        """
        span = self.attribute_span(element, name)
        child = element.child(name)
        if span is None and child is not None and not child.children:
            span = self.tag_end(child), child.end_offset
        if span is None or b"&" in self.raw[slice(*span)] or b"<" in self.raw[slice(*span)]:
            return None
        value = self.raw[slice(*span)]
        start = span[0] + len(value) - len(value.lstrip())
        return start, start + len(value.strip())

    def attribute_location(self, element: Element, name: str) -> Location:
        """Where an attribute stands: its name in the start tag, the child element of that name, else the element."""
        for match in _ATTRIBUTE.finditer(self.raw, element.offset, self.tag_end(element)):
            if match[1].decode(self.encoding, "replace") == name:
                return self.location_at(match.start(1))
        return self.location(element.child(name) or element)

    def tag_end(self, element: Element) -> int:
        """The byte offset behind the `>` of an element's start tag."""
        match = _TAG_END.match(self.raw, element.offset + 1)
        return match.end() if match else element.offset

    def text_location(self, element: Element, line: int = 1, column: int = 1) -> Location:
        """Where line `line`, column `column` (both from 1) of an element's text stands in the file.

        Exact where no comment and no child element stands before it.
        """
        offset = self.tag_end(element)
        if self.raw.startswith(b"<![CDATA[", offset):
            offset += 9
        start = self.location_at(offset)
        if line == 1:
            return Location(self.file, start.line, start.column + column - 1)
        return Location(self.file, start.line + line - 1, column)


def parse(raw: bytes, rd_id: str, file: str) -> Document:
    """Parse the bytes of an RD. Never raises: what is wrong stands in `failure`.

    DTDs are refused, so that no entity is ever expanded and nothing outside the file is read.
    """
    document = Document(rd_id, file, raw)
    if len(raw) > MAX_BYTES:
        return _failed(document, "too-large", f"the file has more than {MAX_BYTES} bytes", 0)
    if not raw.strip():
        return _failed(document, "empty", "the file is empty", 0)
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _failed(document, "encoding", "the file is encoded in UTF-16; DaCHS operators' tools expect UTF-8", 0)
    if (nul := raw.find(b"\0")) >= 0:
        return _failed(document, "binary", "the file has a NUL byte: it is binary, not XML", nul)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.ordered_attributes = False
    order, by_tag, comments = document.order, document.by_tag, document.comments
    current: Element | None = None

    def start(tag: str, attrib: dict[str, str]) -> None:
        nonlocal current
        element = Element(tag, attrib, current, parser.CurrentByteIndex, len(order))
        if current is not None:
            current.children.append(element)
        order.append(element)
        known = by_tag.get(tag)
        if known is None:
            by_tag[tag] = [element]
        else:
            known.append(element)
        current = element

    def end(_tag: str) -> None:
        nonlocal current
        assert current is not None
        current.end = len(order)
        current.end_offset = parser.CurrentByteIndex
        current = current.parent

    def characters(text: str) -> None:
        if current is not None:
            current.chunks.append(text)

    def declaration(_version: str, encoding: str | None, _standalone: int) -> None:
        if encoding:
            document.encoding = encoding.lower()

    def doctype(*_: object) -> None:
        begin = raw.rfind(b"<!DOCTYPE", 0, parser.CurrentByteIndex + 9)
        raise Refused("the file has a document type declaration; DTDs and entities are refused", max(begin, 0))

    def comment(text: str) -> None:
        comments.append(Comment(parser.CurrentByteIndex, text, len(order)))

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    parser.XmlDeclHandler = declaration
    parser.StartDoctypeDeclHandler = doctype
    if b"dachsadmin:" in raw:
        parser.CommentHandler = comment
    try:
        parser.Parse(raw, True)
    except Refused as refusal:
        return _failed(document, "dtd", str(refusal), refusal.offset)
    except expat.ExpatError as error:
        return _failed(document, *_explained(error, raw, max(parser.ErrorByteIndex, 0), current))
    except (LookupError, ValueError) as error:
        return _failed(document, "encoding", str(error), 0)
    try:
        raw[:0].decode(document.encoding)
    except LookupError:
        document.encoding = "utf-8"
    document.root = order[0]
    if document.root.tag != "resource":
        message = f"the root element is <{document.root.tag}>, not <resource>"
        return _failed(document, "not-an-rd", message, document.root.offset)
    return document


_INVALID_TOKEN = expat.errors.codes[expat.errors.XML_ERROR_INVALID_TOKEN]
_TAG_MISMATCH = expat.errors.codes[expat.errors.XML_ERROR_TAG_MISMATCH]
_ENCODING_ERRORS = (expat.errors.codes[expat.errors.XML_ERROR_UNKNOWN_ENCODING],
                    expat.errors.codes[expat.errors.XML_ERROR_INCORRECT_ENCODING])


def _explained(error: expat.ExpatError, raw: bytes, offset: int, opened: Element | None) -> tuple[str, str, int]:
    """The kind, message and byte offset of what expat stumbled over."""
    message = expat.ErrorString(error.code) or "not well-formed"
    if error.code in _ENCODING_ERRORS:
        return "encoding", message, offset
    if error.code == _INVALID_TOKEN and raw[offset:offset + 1] >= b"\x80":
        return "encoding", f"byte 0x{raw[offset]:02x} does not fit the file's encoding", offset
    if error.code == _TAG_MISMATCH and opened is not None:
        begin = raw.rfind(b"</", 0, offset + 1)
        line = raw.count(b"\n", 0, opened.offset) + 1
        return "xml", f"<{opened.tag}> from line {line} is not closed before this end tag", max(begin, 0)
    return "xml", message, offset


def _failed(document: Document, kind: str, message: str, offset: int) -> Document:
    document.root = None
    document.failure = ParseFailure(kind, message, offset)
    document.order.clear()
    document.by_tag.clear()
    return document
