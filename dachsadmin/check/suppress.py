"""Findings that a comment in the RD keeps quiet: `<!-- dachsadmin: ignore DA200 the reason -->`.

Which element a comment covers, with all it contains:

1. behind a tag, with no element beginning after it on its line: the element that this tag begins or ends;
2. else the element that begins next after it within the same parent;
3. if there is none: the element that the comment stands in.

`ignore-rd` instead of `ignore` covers the whole RD, and so does an `ignore` in front of the root element. Codes, names
and beginnings of codes (`DA2`) may be given, several of them separated by commas; the rest is the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from dachsadmin.model.finding import Finding, Location
from dachsadmin.rd.document import Comment, Document, Element

_IGNORE = re.compile(r"\s*dachsadmin:\s*(ignore(?:-rd)?)\b(?P<codes>\s+[\w-]+(?:\s*,\s*[\w-]+)*)?(?P<reason>.*)",
                     re.DOTALL)


@dataclass(frozen=True)
class Ignore:
    """One comment that silences. It covers what stands from `begin` to before `end`, None for the whole RD."""

    location: Location
    rules: tuple[str, ...]
    reason: str
    begin: Location | None = None
    end: Location | None = None

    def covers(self, finding: Finding) -> bool:
        """Whether it silences a finding. One without a line is silenced only for the whole RD."""
        if not any(names(word, finding.code, finding.name) for word in self.rules):
            return False
        if self.begin is None or self.end is None:
            return True
        return self.begin <= finding.location < self.end


@dataclass(frozen=True)
class Outcome:
    """What is left to tell, what is silenced, and which comments silenced nothing."""

    kept: list[Finding]
    silenced: list[Finding]
    idle: list[Ignore]


def names(word: str, code: str, name: str) -> bool:
    """Whether a word in a comment means a rule: its code, its name, or the beginning of its code (`DA2`)."""
    return word == name or (re.fullmatch(r"DA\d{1,3}", word) is not None and code.startswith(word))


def apply(findings: Iterable[Finding], document: Document) -> Outcome:
    """Sort out the findings of one RD that its comments silence. An RD that could not be parsed silences nothing."""
    comments = read(document)
    kept: list[Finding] = []
    silenced: list[Finding] = []
    used: set[int] = set()
    for finding in findings:
        hits = [number for number, comment in enumerate(comments) if comment.covers(finding)]
        used.update(hits)
        (silenced if hits else kept).append(finding)
    return Outcome(kept, silenced, [comment for number, comment in enumerate(comments) if number not in used])


def read(document: Document) -> list[Ignore]:
    """The comments of an RD that silence something, in order."""
    if document.root is None:
        return []
    ignores = []
    for comment in document.comments:
        match = _IGNORE.match(comment.text)
        if match:
            rules = tuple(word for word in re.split(r"[\s,]+", match["codes"] or "") if word)
            covered = None if match[1] == "ignore-rd" else _covered(comment, document)
            begin, end = _extent(covered, document)
            reason = " ".join(match["reason"].split())
            ignores.append(Ignore(document.location_at(comment.offset), rules, reason, begin, end))
    return ignores


def _covered(comment: Comment, document: Document) -> Element | None:
    """The element that an `ignore` covers, None for the whole RD."""
    order = document.order
    following = order[comment.next] if comment.next < len(order) else None
    if comment.next == 0:
        return None
    parent = _surrounding(comment, order[comment.next - 1])
    line = document.location_at(comment.offset).line
    if following is None or document.location_at(following.offset).line != line:
        neighbour, tag_end = _tag_before(comment, parent, document)
        if document.location_at(tag_end).line == line:
            return neighbour
    if following is not None and following.parent is parent:
        return following
    return parent


def _tag_before(comment: Comment, parent: Element | None, document: Document) -> tuple[Element | None, int]:
    """The element of the last tag before a comment, and the offset behind that tag."""
    siblings = parent.children if parent else [document.order[0]]
    closed = [child for child in siblings if child.index < comment.next]
    if closed:
        return closed[-1], _end(closed[-1], document)
    assert parent is not None
    return parent, document.tag_end(parent)


def _surrounding(comment: Comment, before: Element) -> Element | None:
    """The innermost element that a comment stands in, given the last element that begins before it."""
    for element in (before, *before.ancestors()):
        if element.end_offset > comment.offset:
            return element
    return None


def _extent(element: Element | None, document: Document) -> tuple[Location | None, Location | None]:
    if element is None or element is document.root:
        return None, None
    return document.location_at(element.offset), document.location_at(_end(element, document))


def _end(element: Element, document: Document) -> int:
    """The byte offset behind an element's last tag."""
    tag_end = document.tag_end(element)
    empty = document.raw.endswith(b"/>", 0, tag_end)
    return tag_end if empty else element.end_offset + len(f"</{element.tag}>".encode())
