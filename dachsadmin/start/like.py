"""The RD of the next data release, made from that of the last one."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from dachsadmin.errors import TargetError, UsageError
from dachsadmin.model.adql import RESERVED_BY_DACHS
from dachsadmin.model.finding import Edit, Fix
from dachsadmin.rd import edit
from dachsadmin.rd.document import Document, Element, parse
from dachsadmin.rd.metas import Meta, written
from dachsadmin.start.differences import differences, lone_pattern
from dachsadmin.start.release import Mention, Release, between
from dachsadmin.start.survey import Survey

_TOKEN = re.compile(rb"""<!--.*?-->|<\?.*?\?>|<!\[CDATA\[(?P<cdata>.*?)\]\]>|(?P<tag><(?:[^<>"']|"[^"]*"|'[^']*')*>)"""
                    rb"""|(?P<text>[^<]+)""", re.DOTALL)
_ATTRIBUTE = re.compile(rb"""([^\s=<>/"']+)\s*=\s*("[^"]*"|'[^']*')""")
_COMMENT_LINE = re.compile(r"^[ \t]*(?:#|--)[^\n]*", re.MULTILINE)
_HISTORY = frozenset({"_news", "source", "copyright"})
"""Meta items that tell of the past or cite somebody: they stay as they are."""
_DATES = frozenset({"creationDate", "dateUpdated"})
_DATE = re.compile(rb"[0-9]{4}-[0-9]{2}-[0-9]{2}(?P<time>T[0-9:.]+(?P<zone>Z?))?")
_COUNT = re.compile(r"(?<![\w.,/-])[0-9]{1,3}(?:,[0-9]{3})+(?![\w,])|(?<![\w.,/-])[0-9]{5,}(?![\w.,/-])")
_NAMED = frozenset({"meta", "bind", "map", "var", "property"})
_LONGEST_SHORT_NAME = 16
"""VOResource 1.1, 3.1.1."""


@dataclass(frozen=True, order=True)
class Note:
    """Something to tell the operator about a line (from 1, 0 for the whole) of the new RD."""

    line: int
    text: str


@dataclass(frozen=True)
class NextRelease:
    """The text of the new RD, its resource directory, what was moved on, and what the operator should look at."""

    raw: bytes
    resdir: str = ""
    moved: tuple[Note, ...] = ()
    open: tuple[Note, ...] = ()


@dataclass(frozen=True)
class _Piece:
    """An attribute's value or a stretch of text, from `start` to behind `end`, and what it belongs to."""

    start: int
    end: int
    element: Element
    attribute: str = ""


def next_release(old: Document, schema: str, *, now: datetime, survey: Survey | None = None,
                 resdir: str = "") -> NextRelease:
    """Move an RD on to another schema.

    Schema, ids, paths, titles, versions and the date of creation are moved on; comments, history and all other bytes
    stay. With a survey of the new data, differences from what the RD expects are told, and a pattern that matches none
    of the files is replaced. `resdir` is the absolute resource directory of the new RD.

    Raises TargetError for an RD that does not parse or has no schema, UsageError for a schema that cannot be.
    """
    release = _release(old, schema)
    edits: list[Edit] = []
    moved: list[Note] = []
    unsettled: list[Note] = []
    still = _still(old)
    for piece in _pieces(old):
        line = old.location_at(piece.start).line
        text = old.raw[piece.start:piece.end].decode("latin-1")  # one character for each byte: offsets stay true
        quiet = [match.span() for match in _COMMENT_LINE.finditer(text)] if _has_code(piece.element) else []
        quiet += [(start - piece.start, end - piece.start) for start, end in still]
        for mention in (*_plain(piece, text, release), *release.mentions(text)):
            if any(start <= mention.start < end for start, end in quiet):
                continue
            at = line + text.count("\n", 0, mention.start)
            shown = text[mention.start:mention.end]
            if mention.new:
                edits.append(Edit(piece.start + mention.start, piece.start + mention.end, mention.new))
                moved.append(Note(at, f"{_what(piece)}: {shown} is now {mention.new}"))
            if mention.doubt:
                now_or_still = f"{mention.new} is now" if mention.new else f"{shown} is still"
                unsettled.append(Note(at, f"{_what(piece)}: {now_or_still} named; {mention.doubt}"))
    for start, end, date in _dates(old, now):
        edits.append(Edit(start, end, date))
        moved.append(Note(old.location_at(start).line, f"{old.raw[start:end].decode()} is now {date}"))
    new = _edited(old, edits)
    lone = lone_pattern(new, survey, resdir) if survey is not None else None
    if survey is not None and lone is not None:
        (start, end), pattern = lone
        unsettled.append(Note(new.location_at(start).line,
                              f"no new file matches {pattern!r}; it is now {survey.pattern!r}"))
        new = _edited(new, [Edit(start, end, _escaped(survey.pattern))])
    if not release.number:
        unsettled.append(Note(0, f"{release.schema} and {schema} do not tell which releases they are; titles, versions and "
                              "paths that name one are as they were"))
    unsettled += _outdated(old, new)
    if survey is not None:
        unsettled += [Note(line, text) for line, text in differences(new, survey, resdir)]
    return NextRelease(new.raw, _resdir(new), tuple(sorted(set(moved))), tuple(sorted(set(unsettled))))


def _release(old: Document, schema: str) -> Release:
    if old.failure is not None or old.root is None:
        failure = old.failure
        where = old.location_at(failure.offset) if failure else old.location(None)
        why = failure.message if failure else "it is empty"
        raise TargetError(f"{old.file}:{where.line}:{where.column}: the RD does not parse: {why}",
                          f"mend it first; run 'dachsadmin val --engine static {old.file}'")
    known = (old.root.get("schema") or "").strip()
    if not known or "\\" in known:
        raise TargetError(f"{old.file} has no schema that could be moved on", "name one in <resource schema=\"...\">")
    if not re.fullmatch(r"[a-z_][a-z0-9_]*", schema) or schema.upper() in RESERVED_BY_DACHS:
        raise UsageError(f"{schema!r} cannot be the name of a schema",
                         "use lower case letters, digits and underscores, beginning with a letter: --schema lamost6")
    if schema == known:
        raise UsageError(f"{old.file} has the schema {schema} already", "name another one with --schema")
    return between(known, schema)


def _pieces(old: Document) -> Iterator[_Piece]:
    """Everything in an RD that may name a release: attribute values and text, not comments."""
    offsets = [element.offset for element in old.order]
    for token in _TOKEN.finditer(old.raw):
        index = bisect.bisect_right(offsets, token.start()) - 1
        if index < 0 or token.lastgroup is None:
            continue
        element = old.order[index]
        if token["tag"] is not None:
            if element.offset == token.start():
                for value in _ATTRIBUTE.finditer(old.raw, *token.span()):
                    name = value[1].decode(old.encoding, "replace")
                    yield _Piece(value.start(2) + 1, value.end(2) - 1, element, name)
            continue
        around: Element | None = element
        while around is not None and around.end_offset < token.start():
            around = around.parent
        if around is not None:
            yield _Piece(*token.span("text" if token["text"] is not None else "cdata"), around)


def _what(piece: _Piece) -> str:
    """What the operator calls a piece: the meta's name, the attribute, the element."""
    name = piece.element.get("name") or piece.element.get("key") or ""
    if piece.attribute in ("", "name", "key") and name and piece.element.tag in _NAMED:
        return name
    return piece.attribute or piece.element.tag


def _plain(piece: _Piece, text: str, release: Release) -> Iterator[Mention]:
    """The schema where it stands alone and is no word that Release would know, and bare numbers of versions."""
    word = text.strip(" \t\r\n'\"")
    start = text.find(word)
    if word == release.schema and not re.search("[0-9_]", word) and piece.attribute in ("schema", "resdir"):
        yield Mention(start, start + len(word), release.new_schema)
    if release.number and _what(piece).lower().endswith("version"):
        match = re.fullmatch(rf"([vV]?){release.number}(\.0)*", word)
        if match:
            yield Mention(start, start + len(word), f"{match[1]}{release.new_number}{match[2] or ''}")


def _has_code(element: Element) -> bool:
    return element.tag in ("code", "script", "viewStatement", "codeItems")


def _still(old: Document) -> list[tuple[int, int]]:
    """Where history is told in metas: spans of bytes that stay."""
    return [_span(meta, old) for meta in written(old) if meta.key.partition(".")[0] in _HISTORY]


def _dates(old: Document, now: datetime) -> Iterator[tuple[int, int, str]]:
    """The dates of the RD itself, and what they become, in the form that they had."""
    for meta in written(old):
        match = _DATE.search(old.raw, *_span(meta, old)) if meta.key in _DATES else None
        if match:
            form = "%Y-%m-%dT%H:%M:%S" if match["time"] else "%Y-%m-%d"
            yield *match.span(), now.strftime(form) + (match["zone"] or b"").decode()


def _span(meta: Meta, rd: Document) -> tuple[int, int]:
    """The bytes that a meta item stands in: its element, its value if it is one of many in a meta stream."""
    element = meta.element
    if not meta.line:
        return element.offset, element.end_offset
    value = meta.value.encode(rd.encoding, "replace")
    start = max(rd.raw.find(value, rd.tag_end(element), element.end_offset), element.offset)
    return start, start + len(value)


def _edited(old: Document, edits: list[Edit]) -> Document:
    made = edit.apply(old, [Fix("move on", tuple(edits))])
    wrong = made.skipped[0][1] if made.skipped else edit.fault(old, made)
    if wrong:
        raise TargetError(f"{old.file} cannot be moved on: {wrong}", "copy it, and change it by hand")
    return parse(made.raw, old.rd_id, old.file)


def _outdated(old: Document, new: Document) -> Iterator[Note]:
    """What is well-formed, but tells of the old data."""
    for element in new.elements("regSuite", "regTest"):
        if element.tag == "regSuite" or element.within("regSuite") is None:
            yield Note(new.location(element).line, "the regression tests expect values of the old data; import the new "
                       "ones, then run 'dachs test'")
    for element in new.elements("coverage"):
        if element.child("updater") is None and element.children:
            yield Note(new.location(element).line, "the coverage is that of the old data; an <updater/> in it makes "
                       "'dachs limits' find the new one")
    for meta in written(new):
        where = meta.location(new).line
        if meta.key.rpartition(".")[2] == "shortName" and len(meta.value) > _LONGEST_SHORT_NAME:
            yield Note(where, f"the shortName {meta.value!r} has more than {_LONGEST_SHORT_NAME} characters")
        elif meta.key == "description":
            for count in _COUNT.findall(meta.value):
                yield Note(where, f"the description still has the number {count}")
        elif meta.key == "date":
            yield Note(where, f"the date {meta.value} is that of the old data")
    resdir = _resdir(new)
    if resdir != "." and resdir == _resdir(old):
        yield Note(new.location(new.root).line, f"the resource directory is still {resdir!r}")


def _resdir(rd: Document) -> str:
    """The resource directory as DaCHS sees it; without one, it has the name of the schema."""
    return "" if rd.root is None else rd.root.get("resdir") or rd.root.get("schema") or ""


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;").replace("'", "&apos;")
