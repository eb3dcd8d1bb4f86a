"""Small changes to RDs, such as operators make by mistake."""

from __future__ import annotations

import random

from dachsadmin.rd.document import Document, Element, parse
from dachsadmin.rd.language import Language


def mutated(text: str, language: Language, dice: random.Random) -> str | None:
    """The RD with one change that leaves it well-formed XML; None if the change drawn does not apply."""
    rd = parse(text.encode(), "x/q", "q.rd")
    element = dice.choice(rd.order[1:])
    change = dice.choice([_add_attribute, _drop_attribute, _change_value, _rename_attribute, _insert_text, _add_child,
                          _rename, _remove, _repeat])
    raw = change(rd, element, sorted(language.words - {"content_"}), dice)
    if raw is None or parse(raw, "x/q", "q.rd").root is None:
        return None
    return raw.decode()


def _add_attribute(rd: Document, element: Element, words: list[str], dice: random.Random) -> bytes | None:
    at = element.offset + 1 + len(element.tag.encode())
    value = dice.choice(["x", "True", "3", "a b", "hidden", ""])
    return _replaced(rd, at, at, f' {dice.choice(words)}="{value}"')


def _drop_attribute(rd: Document, element: Element, words: list[str], dice: random.Random) -> bytes | None:
    span = _attribute(rd, element, dice)
    return None if span is None else _replaced(rd, span[0], span[2] + 1, "")


def _change_value(rd: Document, element: Element, words: list[str], dice: random.Random) -> bytes | None:
    span = _attribute(rd, element, dice)
    value = dice.choice(["", "x", "True ", "7", "__NULL__", "1.5"])
    return None if span is None else _replaced(rd, span[1], span[2], value)


def _rename_attribute(rd: Document, element: Element, words: list[str], dice: random.Random) -> bytes | None:
    span = _attribute(rd, element, dice)
    return None if span is None else _replaced(rd, span[0], span[1], f'{dice.choice(words)}="')


def _insert_text(rd: Document, element: Element, words: list[str], dice: random.Random) -> bytes | None:
    inside = _inside(rd, element)
    return None if inside is None else _replaced(rd, inside, inside, " hello ")


def _add_child(rd: Document, element: Element, words: list[str], dice: random.Random) -> bytes | None:
    inside, tag = _inside(rd, element), dice.choice(words)
    text = dice.choice(["", "x", "True", "5"])
    return None if inside is None else _replaced(rd, inside, inside, f"<{tag}>{text}</{tag}>")


def _rename(rd: Document, element: Element, words: list[str], dice: random.Random) -> bytes | None:
    new, old = dice.choice([*words, element.tag + "x"]), len(element.tag.encode())
    raw = rd.raw
    if _inside(rd, element) is not None:
        close = element.end_offset + 2
        raw = raw[:close] + new.encode() + raw[close + old:]
    return raw[:element.offset + 1] + new.encode() + raw[element.offset + 1 + old:]


def _remove(rd: Document, element: Element, words: list[str], dice: random.Random) -> bytes | None:
    return _replaced(rd, element.offset, _end(rd, element), "")


def _repeat(rd: Document, element: Element, words: list[str], dice: random.Random) -> bytes | None:
    end = _end(rd, element)
    return rd.raw[:end] + rd.raw[element.offset:end] + rd.raw[end:]


def _attribute(rd: Document, element: Element, dice: random.Random) -> tuple[int, int, int] | None:
    """Where the name and the value of one of the attributes begin, and where the value ends."""
    if not element.attrib:
        return None
    name = dice.choice(list(element.attrib))
    span = rd.attribute_span(element, name)
    return None if span is None else (rd.raw.rfind(name.encode(), element.offset, span[0]), *span)


def _inside(rd: Document, element: Element) -> int | None:
    """Where the content begins; None for an element without an end tag."""
    end = rd.tag_end(element)
    return None if rd.raw[end - 2:end] == b"/>" else end


def _end(rd: Document, element: Element) -> int:
    return rd.tag_end(element) if _inside(rd, element) is None else rd.raw.index(b">", element.end_offset) + 1


def _replaced(rd: Document, start: int, end: int, text: str) -> bytes:
    return rd.raw[:start] + text.encode() + rd.raw[end:]
