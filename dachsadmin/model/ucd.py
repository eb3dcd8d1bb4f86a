"""UCD1+: whether a unified content descriptor is valid, and what was meant if it is not."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from itertools import permutations

VOCABULARY = "ucd1p-words.txt"
_PRIMARY = frozenset("QPEVC")
_SECONDARY = frozenset("QSEVC")
_ACCEPTED = frozenset({"instr.fov", "em.line"})  # standards use them alone; DaCHS lets them pass too
_ODD = re.compile(r"[^A-Za-z0-9_.:;-]")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(?:\.[A-Za-z0-9][A-Za-z0-9_-]*)*\Z")


@dataclass(frozen=True)
class Vocabulary:
    """The controlled vocabulary: lower-case word -> (flag, word as it is written), and what replaces retired words."""

    words: Mapping[str, tuple[str, str]]
    retired: Mapping[str, str]

    def may_lead(self, word: str) -> bool:
        return word.lower() in self.words and self.words[word.lower()][0] in _PRIMARY

    def may_follow(self, word: str) -> bool:
        return word.lower() in self.words and self.words[word.lower()][0] in _SECONDARY


@dataclass(frozen=True)
class Verdict:
    """What is wrong with a UCD (`` if nothing is), and how it should be written.

    `certain`: nothing else can be meant.
    """

    problem: str = ""
    suggestion: str = ""
    certain: bool = False


@cache
def vocabulary() -> Vocabulary:
    """The UCD1+ vocabulary that comes with dachsadmin."""
    text = resources.files("dachsadmin.model").joinpath("data", VOCABULARY).read_text(encoding="utf-8")
    words, retired = {}, {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        old, arrow, new = line.partition(" > ")
        if arrow:
            retired[old.lower()] = new
        else:
            words[line[2:].lower()] = (line[0], line[2:])
    return Vocabulary(words, retired)


def condense(listing: str, retired: str) -> str:
    """The lines of our data file from the IVOA's `ucd-list.txt` and `ucd-list-deprecated.txt`."""
    lines = []
    for line in listing.splitlines():
        if line.strip() and not line.startswith("#"):
            flag, word, _description = line.split("|", 2)
            lines.append(f"{flag.strip()} {word.strip()}")
    for line in retired.splitlines():
        if line.strip() and not line.startswith("#"):
            old, new = line.split()
            lines.append(f"{old} > {new}")
    return "\n".join(lines) + "\n"


@lru_cache(4096)
def check(ucd: str) -> Verdict:
    """Judge a UCD as UCD1+ 1.1 defines it: words by case-insensitive comparison, the first primary, the rest secondary.

    Words with a namespace other than `ivoa` are not checked.
    """
    if ucd in _ACCEPTED:
        return Verdict()
    odd = _ODD.search(ucd)
    if odd:
        return _verdict(f"{odd[0]!r} is no character of a UCD" if not odd[0].isspace() else "a UCD has no blanks", ucd)
    for place, whole in enumerate(ucd.split(";")):
        namespace, colon, word = whole.rpartition(":")
        if colon and namespace.lower() != "ivoa":
            if ":" in namespace or not _WORD.match(namespace) or not _WORD.match(word):
                return _verdict(f"{whole!r} is no word with a namespace", ucd)
            continue
        if not _WORD.match(word):
            return _verdict(f"{word!r} is no word" if word else "a word is empty", ucd)
        problem = _misplaced(word, place)
        if problem:
            return _verdict(problem, ucd)
    return Verdict()


def _misplaced(word: str, place: int) -> str:
    known = vocabulary()
    if place == 0 and known.may_lead(word) or place > 0 and known.may_follow(word):
        return ""
    if word.lower() in known.words:
        return f"{word} must not come first" if place == 0 else f"{word} must come first"
    if word.lower() in known.retired:
        return f"{word} is no longer a word, {known.retired[word.lower()]} replaces it"
    return f"{word} is no word of the vocabulary"


def _verdict(problem: str, ucd: str) -> Verdict:
    suggestion, certain = _suggest(ucd)
    return Verdict(problem, suggestion, certain and bool(suggestion))


# UCD1, the predecessor, that old catalogues still carry. (UCD1+ 1.1, appendix A)
_UCD1 = {"ID_MAIN": "meta.id;meta.main", "POS_EQ_RA_MAIN": "pos.eq.ra;meta.main", "POS_EQ_RA": "pos.eq.ra",
         "POS_EQ_DEC_MAIN": "pos.eq.dec;meta.main", "POS_EQ_DEC": "pos.eq.dec", "POS_GAL_LON": "pos.galactic.lon",
         "POS_GAL_LAT": "pos.galactic.lat", "ERROR": "stat.error", "NUMBER": "meta.number", "NOTE": "meta.note",
         "REFER_CODE": "meta.ref", "TIME_DATE": "time.epoch", "TIME_EPOCH": "time.epoch"}


def _suggest(ucd: str) -> tuple[str, bool]:
    """The UCD that was probably meant, and whether it is certain."""
    if ucd in _UCD1:
        return _UCD1[ucd], True
    known = vocabulary()
    certain = True
    words: list[str] = []
    for word in (part for part in re.split(r"[;,\s]+", ucd.strip(" ;,\t\n")) if part):
        lower = word.lower().removeprefix("ivoa:")
        if lower in known.words:
            words.append(known.words[lower][1])
        elif lower in known.retired:
            words += known.retired[lower].split(";")
        elif lower.count(":") == 1 and all(_WORD.match(part) for part in lower.split(":")):
            words.append(word)
        elif (parts := _two_words(lower, known)):
            words += parts
        else:
            certain = False
            near = difflib.get_close_matches(lower, known.words, 1, cutoff=0.85)
            if not near:
                return "", False
            words.append(known.words[near[0]][1])
    words = list(dict.fromkeys(words))
    if not words or len(words) > 5:
        return "", False
    orders = [list(order) for order in permutations(words) if _in_order(list(order), known)]
    if not orders:
        return "", False
    # More than one word may lead: then the order is a question of meaning.
    certain = certain and (orders[0] == words or len({order[0] for order in orders}) == 1)
    return ";".join(orders[0]), certain


def _two_words(word: str, known: Vocabulary) -> list[str]:
    """`phys.temperature.meta.modelled` has a dot where a semicolon belongs."""
    parts = word.split(".")
    for cut in range(1, len(parts)):
        first, second = ".".join(parts[:cut]), ".".join(parts[cut:])
        if "." in first and "." in second and first in known.words and second in known.words:
            return [known.words[first][1], known.words[second][1]]
    return []


def _in_order(words: list[str], known: Vocabulary) -> bool:
    return all((":" in word) or (known.may_follow(word) if place else known.may_lead(word))
               for place, word in enumerate(words))
