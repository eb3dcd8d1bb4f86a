"""Detectors that look at the RDs of the service tree, with the tools for the RD language."""

from __future__ import annotations

import importlib
import importlib.util
import re
from collections.abc import Iterator
from dataclasses import dataclass

from dachsadmin.model.finding import Location
from dachsadmin.rd.code import place, snippets
from dachsadmin.rd.document import Document, Element
from dachsadmin.rd.expansion import all_nodes
from dachsadmin.rd.references import canonical, place_of
from dachsadmin.upgrade.detector import Answer, Detector, Evidence, cannot_tell, no, yes
from dachsadmin.upgrade.facts import Absent, Facts, Tree
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_NAMING = ("mixin", "procDef", "source", "original")
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)


@dataclass(frozen=True)
class Rd(Detector):
    """Whether an RD has something. `what` says what that is.

    It is found by what it `uses` (mixins, procDefs, streams, as `//soda#sdm_genDesc`), by its `element` (with an
    `attribute`, that `matches`), by a pattern in Python `code`, or by one in the `markup` as a whole, comments left out.
    Of an element, `has` and `lacks` say what is in its text, tags included.
    """

    what: str
    example: str
    counterexample: str
    uses: tuple[str, ...] = ()
    element: tuple[str, ...] = ()
    attribute: str = ""
    matches: re.Pattern[str] | None = None
    has: re.Pattern[str] | None = None
    lacks: re.Pattern[str] | None = None
    code: re.Pattern[str] | None = None
    markup: re.Pattern[str] | None = None

    kind = "rd"

    def __post_init__(self) -> None:
        if sum(map(bool, (self.uses, self.element, self.code, self.markup))) != 1:
            raise ValueError("an RD is searched either by 'uses', 'element', 'code' or 'markup'")

    def answer(self, facts: Facts) -> Answer:
        if isinstance(facts.tree, Absent):
            return cannot_tell(facts.tree)
        tree = facts.tree
        found = [each for rd in tree.documents for each in self.find(rd, tree.site)]
        return _answer(tree, found, self.what)

    def find(self, rd: Document, site: Site) -> Iterator[Evidence]:
        """The places in one RD, each line once."""
        seen = set()
        for location in self._locations(rd, site):
            if location.line not in seen:
                seen.add(location.line)
                yield Evidence(self.what, location, canonical(rd.rd_id))

    def _locations(self, rd: Document, site: Site) -> Iterator[Location]:
        if self.markup is not None:
            bare = _COMMENT.sub(lambda comment: re.sub(rb"[^\n]", b" ", comment[0]), rd.raw)
            text = bare.decode("latin-1")  # a character per byte, so that offsets are those of the file
            yield from (rd.location_at(match.start()) for match in self.markup.finditer(text))
        elif self.code is not None:
            for snippet in snippets(rd):
                for match in self.code.finditer(snippet.text):
                    yield place(rd, snippet, snippet.text.count("\n", 0, match.start()) + 1)
        else:
            yield from (rd.location(element) for element in self._elements(rd, site) if self._fits(rd, element))

    def _elements(self, rd: Document, site: Site) -> Iterator[Element]:
        if self.uses:
            yield from (element for element in rd.order if not _named_by(element).isdisjoint(self.uses))
            return
        for node in all_nodes(rd, site, *self.element):
            if node.unknown:
                continue
            value = node.get(self.attribute) if self.attribute else node.element.text
            if value is not None and (self.matches is None or self.matches.search(value)):
                yield place_of(node)

    def _fits(self, rd: Document, element: Element) -> bool:
        text = rd.raw[element.offset:max(element.end_offset, rd.tag_end(element))].decode(rd.encoding, "replace")
        return (self.has is None or bool(self.has.search(text))) and (self.lacks is None or not self.lacks.search(text))


def _named_by(element: Element) -> set[str]:
    """What an element names, also within streams, by their full names."""
    named = [element.attrib[name] for name in _NAMING if name in element.attrib]
    if element.tag in _NAMING:
        named.append(element.text)
    parts = [name.strip().rpartition("#") for name in named]
    return {f"{canonical(rd_id)}#{name}" for rd_id, _, name in parts if rd_id}


@dataclass(frozen=True)
class FoundByVal(Detector):
    """Whether a rule of `dachsadmin val` finds something; with `saying`, something whose message matches."""

    name: str
    saying: re.Pattern[str] | None = None

    kind, alone = "rule", "name"

    def __post_init__(self) -> None:
        if importlib.util.find_spec(self._module) is None:
            raise ValueError(f"there is no rule {self.name!r}")

    @property
    def _module(self) -> str:
        return f"dachsadmin.val.rules.{self.name.replace('-', '_')}"

    @property
    def rule(self) -> Rule:
        known = vars(importlib.import_module(self._module)).values()
        found: Rule = next(each for each in known if getattr(each, "name", "") == self.name)()
        return found

    def answer(self, facts: Facts) -> Answer:
        if isinstance(facts.tree, Absent):
            return cannot_tell(facts.tree)
        rule = self.rule
        if rule.stage == "database" and isinstance(facts.database, Absent):
            return cannot_tell(facts.database)
        found = []
        for rd in facts.tree.documents:
            for finding in rule.check(rd, facts.tree.site):
                if not finding.tested:
                    return cannot_tell(Absent(finding.message, finding.hint))
                if self.saying is None or self.saying.search(finding.message):
                    found.append(Evidence(finding.message, finding.location, canonical(rd.rd_id)))
        return _answer(facts.tree, found, f"what 'dachsadmin val' calls {self.name}")


def _answer(tree: Tree, found: list[Evidence], what: str) -> Answer:
    """What was found in the RDs that can be read: DaCHS does not load the others either, and the plan names them."""
    rds, all_rds = len({each.rd for each in found}), len(tree.documents)
    if found:
        return yes(f"{rds} of {all_rds} RDs {'has' if rds == 1 else 'have'} {what}", found)
    if tree.unread and not all_rds:
        return cannot_tell(Absent("an RD that can be read", f"{tree.unread[0]} cannot"))
    unread = f" ({len(tree.unread)} cannot be read)" if tree.unread else ""
    return no(f"none of {all_rds} RDs has {what}{unread}" if all_rds else "the service tree has no RD")
