"""DA112: FEED, LOOP, PRUNE and EDIT that cannot work."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document, Element
from dachsadmin.rd.language import Language
from dachsadmin.rd.structure import structure
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_ITEMS = ("listItems", "csvItems", "codeItems")
_EDITED = re.compile(r"[A-Za-z_]\w*\[[A-Za-z_]\w*\]")
_PRUNED = frozenset({"FEED", "LFEED", "LOOP", "mixinDef"})


class ActiveTagMisuse(Rule):
    """FEED and LOOP must say what they play, LOOP how often, and PRUNE and EDIT what they change.

    A FEED or LOOP has either a `source` or `events`; a LOOP one kind of items. PRUNE and EDIT stand in a FEED or LOOP.
    DaCHS refuses anything else, or dies without naming the place.

    Bad:
        <table id="t"><LOOP listItems="a b" codeItems="yield {}"><events><column name="\\item"/></events></LOOP></table>
    Good:
        <table id="t"><LOOP listItems="a b"><events><column name="\\item"/></events></LOOP></table>
    See: https://docs.g-vo.org/DaCHS/ref.html#active-tags
    """

    code, name, severity, since, profile = "DA112", "active-tag-misuse", Severity.ERROR, "0.1", "min"
    only_with = ("FEED", "LFEED", "LOOP", "PRUNE", "EDIT")

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for player in structure(rd, site.language).players:
            for message, attribute in _faults(player, site.language):
                yield self.finding(rd, player, message, attribute=attribute, value=player.tag)
        for element in rd.elements("PRUNE"):
            if not element.replayed or element.parent is not None and element.parent.tag in _PRUNED:
                yield from self._prune(rd, element)
        for element in rd.elements("EDIT"):
            if element.parent is not None and element.parent.tag in _PRUNED and not element.parent.replayed:
                wanted = element.get("ref")
                if wanted is None or not _EDITED.match(wanted):
                    message = (f"EDIT must name what it changes as element[name], not as {wanted!r}" if wanted else
                               "EDIT needs an attribute 'ref' like column[ra]")
                    yield self.finding(rd, element, message, attribute="ref")

    def _prune(self, rd: Document, element: Element) -> Iterator[Finding]:
        assert element.parent is not None
        if element.parent.tag not in _PRUNED:
            yield self.finding(rd, element, f"PRUNE belongs into a FEED or LOOP, not into <{element.parent.tag}>")
            return
        for name, pattern in element.attrib.items():
            try:
                re.compile(pattern)
            except (re.error, RecursionError, OverflowError) as error:
                yield self.finding(rd, element, f"the pattern {pattern!r} of PRUNE cannot be read: {error}",
                                   attribute=name)


def _faults(player: Element, language: Language) -> Iterator[tuple[str, str]]:
    """What DaCHS refuses in a FEED, LFEED or LOOP: message and attribute."""
    tag = player.tag
    if any(child.tag in language.active_tags and child.tag != "PRUNE" for child in player.children):
        return
    streams = [name for name in ("source", "events") if _given(player, name)]
    if not streams:
        yield f"{tag} has nothing to play: it needs a source or events", ""
    elif len(streams) == 2:
        yield f"{tag} has both a source and events", "source"
    if tag == "LOOP":
        items = [name for name in _ITEMS if name in player.attrib or _given(player, name)]
        if len(items) != 1:
            yield (f"LOOP needs one of {', '.join(_ITEMS)}" if not items else
                   f"LOOP has both {' and '.join(items)}"), items[-1] if items else ""
        elif items == ["csvItems"] and (fault := _row_too_long(player.get("csvItems") or "")):
            yield fault, "csvItems"
    if language.of(language.active_tags[tag]).long_macros:
        for name in [*player.attrib, *(child.tag for child in player.children)]:
            if len(name) == 1:
                yield f"{tag} cannot set a macro {name!r}: names of macros have two letters at least", name


def _given(player: Element, name: str) -> bool:
    """Whether a member is set: a child without text sets nothing, except for events."""
    if player.attrib.get(name):
        return True
    return any(child.tag == name and (name == "events" or bool(child.text.strip())) for child in player.children)


def _row_too_long(table: str) -> str:
    if "\\" in table:
        return ""
    rows = csv.DictReader(io.StringIO(table.strip()), skipinitialspace=True)
    try:
        for row in rows:
            if None in row:
                return f"a row of csvItems has more values than there are labels: {row[None]!r} is left over"
    except csv.Error as error:
        return f"csvItems cannot be read: {error}"
    return ""
