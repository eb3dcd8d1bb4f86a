"""What a data release is called (`lamost5`, `LAMOST DR5`, `the fifth data release`), and what the next one is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

_ORDINALS = ("zeroth", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
             "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth",
             "nineteenth", "twentieth")
_SURVEYS = frozenset("2mass allwise apogee boss des desi gaia galah kepler kids panstarrs ps1 rave sdss segue tess "
                     "ukidss vhs vvv wise".split())
_NO_NAMES = frozenset("a all and as by data first for from have in internal is its new of on only our public see since "
                      "that the this to under with".split())
_WORD_BEFORE = re.compile(r"([A-Za-z0-9][A-Za-z0-9+.]*)[\s_-]+\Z")
_NUMBERED = re.compile(r"(?P<stem>[a-z0-9_]*?[a-z])_?(?:dr_?)?(?P<number>[0-9]+)\Z")
_PIECES = re.compile(r"[0-9]+|[^0-9]+")


@dataclass(frozen=True)
class Mention:
    """A place in a text that names a release, from `start` to behind `end`.

    `new` is what it becomes, empty where it has to stay; `doubt` is what the operator should think of.
    """

    start: int
    end: int
    new: str
    doubt: str = ""


@dataclass(frozen=True)
class Release:
    """The old and the new schema of a data collection, and what they tell of its releases.

    `number` and `new_number` are empty where the schemas do not differ in one number.
    """

    schema: str
    new_schema: str
    stem: str = ""
    number: str = ""
    new_number: str = ""

    def mentions(self, text: str) -> Iterator[Mention]:
        """Where a text names the old release, or may do so."""
        for match in self._pattern.finditer(text):
            start, end = match.span()
            if match["schema"]:
                yield Mention(start, end, self.new_schema)
            elif match["stem"]:
                yield Mention(start, end, match["stem"] + self.new_number)
            elif match["ordinal"]:
                yield Mention(start, match.end("ordinal"), _like(match["ordinal"], _ORDINALS[int(self.new_number)]))
            elif match["given"] != self.number:
                if match["given"] == self._before and not self._foreign(text[:start]):
                    yield Mention(start, end, "", "the release before the old one is named")
            elif self._foreign(text[:start]):
                yield Mention(start, end, "", "it seems to be a release of something else")
            elif match["minor"]:
                yield Mention(start, end, "", "the number of the minor release is not known")
            else:
                doubt = "is there such an address?" if re.search(r"https?://\S*\Z", text[:start]) else ""
                yield Mention(start, end, match["dr"] + self.new_number, doubt)

    @cached_property
    def _before(self) -> str:
        return str(int(self.number) - 1)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        schema = rf"(?<![A-Za-z0-9])(?P<schema>{re.escape(self.schema)})(?![A-Za-z0-9])"
        if not re.search("[0-9_]", self.schema):  # a plain word, which may just be a word
            schema = rf"(?:{schema}(?=[./#][A-Za-z])|(?<=/){re.escape(self.schema)}(?=[/#]))"
        if not self.number:
            return re.compile(rf"{schema}(?P<stem>(?!))?(?P<ordinal>(?!))?")
        both_have_words = max(int(self.number), int(self.new_number)) < len(_ORDINALS)
        ordinal = _ORDINALS[int(self.number)] if both_have_words else "(?!)"
        stem = rf"(?i:{re.escape(self.stem)})[ _-]?" if self.stem else "(?!)"
        return re.compile(
            rf"{schema}|(?<![A-Za-z0-9])(?P<stem>{stem}){self.number}(?![0-9]|\.[0-9])"
            rf"|(?<![A-Za-z])(?P<ordinal>(?i:{ordinal}))(?=\s+(?:\w+\s+)?(?i:data)\s+(?i:release))"
            rf"|(?<![A-Za-z0-9])(?P<dr>(?i:dr|(?:data\s+)?release)[\s_-]?)(?P<given>[0-9]+)(?P<minor>\.[0-9]+)?")

    def _foreign(self, before: str) -> bool:
        """Whether what stands before `DR5` names another survey."""
        match = _WORD_BEFORE.search(before)
        if match is None:
            return False
        word = match[1].lower()
        if word in self.schema.split("_") or word == self.stem or word in _NO_NAMES:
            return False
        return word in _SURVEYS or (match[1][0].isupper() and not re.search(r"[.!?]\s*\Z", before[:match.start()])
                                    and bool(before[:match.start()].strip()))


def between(schema: str, new_schema: str) -> Release:
    """What two schemas tell: `lamost5` and `lamost6` that it is about releases 5 and 6 of lamost."""
    old, new = _PIECES.findall(schema), _PIECES.findall(new_schema)
    differing = [place for place, pair in enumerate(zip(old, new)) if pair[0] != pair[1]]
    if len(old) == len(new) and len(differing) == 1 and old[differing[0]].isdecimal() and new[differing[0]].isdecimal():
        place = differing[0]
        stem = re.sub(r"_?(dr)?_?\Z", "", "".join(old[:place]), flags=re.IGNORECASE)
        return Release(schema, new_schema, stem.lower(), old[place], new[place])
    ends = _NUMBERED.match(schema), _NUMBERED.match(new_schema)
    if ends[0] and ends[1] and ends[0]["stem"] == ends[1]["stem"]:
        return Release(schema, new_schema, ends[0]["stem"], ends[0]["number"], ends[1]["number"])
    return Release(schema, new_schema)


def _like(old: str, new: str) -> str:
    """A word written in capitals as another one is."""
    return new.upper() if old.isupper() else new.capitalize() if old[:1].isupper() else new
