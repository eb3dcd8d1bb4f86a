"""DA226: places of a template that nobody filled in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Location, Severity
from dachsadmin.rd.document import Document, Element
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_WHOLE = re.compile(r"""(?P<quote>['"]?)%(?P<hole>[^%]*[A-Za-z]{2}[^%]*)%(?P=quote)\Z""", re.DOTALL)
# Within a longer text: words between per cent signs that belong to no number, no format and no SQL pattern.
_PART = re.compile(r"(?<![\w%)\]])%(?P<hole>[A-Za-z'*\"<@][^%\n]*[^%\s\d(\[{])%(?![\w(%-])")
_SPACED = re.compile(r"(?<![\w%)\]'\"])% (?P<hole>[a-z][\w ,.;/-]+) %(?![\w(%-])")
_FORMAT = re.compile(r"[-+ #0-9.]*(?:\([^)]*\))?[bcdefgiorsuxEFGXYHMSAB](?![A-Za-z'])|[a-zA-Z]\b(?! \w+ \w+)")
_LIKE = re.compile(r"like\s*'\Z", re.IGNORECASE)
_CODE = frozenset({"code", "setup", "par", "script", "viewStatement", "bind", "var", "map", "phraseMaker", "job",
                   "customRF", "customDF", "formatter", "query", "execDef", "regTest"})
_PLAIN = re.compile(r"[\w ,.;/|:-]+\Z")


class TemplateHole(Rule):
    """Something of a template was not filled in.

    `dachs start` writes RDs with places like `%title -- not more than a line%` that the operator must replace. DaCHS
    takes what is left over at its word, and publishes it.

    Bad:
        <resource schema="res"><meta name="title">%title -- not more than a line%</meta></resource>
    Good:
        <resource schema="res"><meta name="title">Stars with 5% errors</meta></resource>
    See: DaCHS tutorial, section on dachs start
    """

    code, name, severity, since = "DA226", "template-hole", Severity.ERROR, "0.1"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        if rd.raw.count(b"%") < 2:
            return
        for element in rd.order:
            for name, value in element.attrib.items():
                if "%" in value:
                    for hole, _start in holes(value, code=False):
                        yield self._hole(rd, rd.attribute_location(element, name), hole)
            if element.chunks:
                text = element.text
                if "%" in text:
                    for hole, start in holes(text, code=element.tag in _CODE):
                        yield self._hole(rd, _text_location(rd, element, text, start), hole)

    def _hole(self, rd: Document, where: Location, hole: str) -> Finding:
        shown = " ".join(hole.split())
        shown = shown if len(shown) <= 60 else shown[:57] + "..."
        return self.finding(rd, where, f"a place of the template is not filled in: %{shown}%", value=shown)


def holes(text: str, *, code: bool) -> Iterator[tuple[str, int]]:
    """What stands between the per cent signs of each hole, and where it begins in the text."""
    whole = _WHOLE.match(text.strip())
    if whole and (not whole["quote"] or _is_no_pattern(whole["hole"])):
        yield whole["hole"], text.index("%")
        return
    for match in _PART.finditer(text):
        hole = match["hole"]
        if len(hole.split()) < (3 if code else 2) or _FORMAT.match(hole) or _LIKE.search(text[:match.start()]):
            continue
        if not code or _PLAIN.match(hole):
            yield hole, match.start()
    for match in _SPACED.finditer(text):
        if len(match["hole"].split()) > 2 and not _FORMAT.match(match["hole"]):
            yield match["hole"], match.start()


def _is_no_pattern(hole: str) -> bool:
    """Whether `'%hole%'` is words for a human, and no pattern or format for a program."""
    words = len(hole.split())
    return words > 2 or "|" in hole or (words > 1 and not _FORMAT.match(hole))


def _text_location(rd: Document, element: Element, text: str, start: int) -> Location:
    wanted = text[start:].split("\n", 1)[0].rstrip().encode(rd.encoding, "replace")
    place = rd.raw.find(wanted, rd.tag_end(element), element.end_offset)
    return rd.location_at(place) if place >= 0 else rd.location(element)
