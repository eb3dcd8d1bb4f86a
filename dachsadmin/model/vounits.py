"""VOUnits 1.1: what a unit string means, what is wrong with it, and how it should be written.

Grammar: VOUnits 1.1, appendix C.6; symbols: its table of known units; prefixes: 2.5. How DaCHS deviates from the
standard was measured with DaCHS 2.3, 2.7, 2.11 and 2.13.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from functools import lru_cache

from dachsadmin.model.unit_guess import Suggestion, guess
from dachsadmin.model.unit_symbols import KNOWN, PREFIXES, Symbol, split

FUNCTIONS = frozenset({"log", "ln", "exp", "sqrt"})


class Kind(enum.Enum):
    """How good a unit string is; the later, the worse."""

    KNOWN = "known"
    DEPRECATED = "deprecated"
    UNKNOWN = "unknown"
    PREFIX = "prefix"
    SYNTAX = "syntax"


@dataclass(frozen=True)
class Unit:
    """A parsed unit string.

    `symbols` are those that make it UNKNOWN, DEPRECATED or PREFIX; `column` (from 1) is where SYNTAX breaks, `problem`
    says why. `readable_since` is the first DaCHS that can parse it: (0,) if all can, None if none does up to 2.13.
    """

    text: str
    kind: Kind
    symbols: tuple[str, ...] = ()
    column: int = 0
    problem: str = ""
    readable_since: tuple[int, ...] | None = (0,)
    suggestion: Suggestion | None = None

    @property
    def in_order(self) -> bool:
        """Whether there is nothing to say of it, with any DaCHS."""
        return self.kind is Kind.KNOWN and self.readable_since == (0,)


class _Bad(Exception):
    def __init__(self, position: int, problem: str) -> None:
        super().__init__(problem)
        self.position = position
        self.problem = problem


_TOKEN = re.compile(r"(?P<power>\*\*)|(?P<word>[A-Za-z]+)|(?P<quoted>'[A-Za-z]+')|(?P<percent>%)|(?P<op>[./()])")
_SCALE = re.compile(r"10\*\*|0\.[0-9]+(?:[eE][+-]?[0-9]+)?|[1-9][0-9]*(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_EXPONENT = re.compile(r"[+-]?[0-9]+(?![0-9])|\([+-]?[0-9]+(?:\.[0-9]*|/[0-9]+)?\)")


class _Parser:
    """Recursive descent over one unit string; what it meets on the way is collected."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.symbols: list[Symbol] = []
        self.odd_functions: list[str] = []
        self.quoted: list[str] = []
        self.unread: tuple[int, ...] | None = (0,)

    def newer(self, version: tuple[int, ...] | None) -> None:
        if self.unread is not None:
            self.unread = None if version is None else max(self.unread, version)

    def peek(self, text: str) -> bool:
        return self.text.startswith(text, self.at)

    def take(self, text: str) -> bool:
        found = self.peek(text)
        if found:
            self.at += len(text)
        return found

    def whole(self) -> None:
        if self.text == "1":
            self.newer(None)
            return
        self.scaled()
        if self.at < len(self.text):
            rest = self.text[self.at]
            raise _Bad(self.at, "a second '/'" if rest == "/" else "'.' after '/'" if rest == "." else _odd(rest))

    def scaled(self) -> None:
        match = _SCALE.match(self.text, self.at)
        if match:
            self.at = match.end()
            if match[0] == "10**":
                self.exponent()
        self.expression()

    def expression(self) -> None:
        self.factor()
        while self.take("."):
            self.factor()
        if self.take("/"):
            self.factor()

    def factor(self) -> None:
        if self.take("("):
            self.expression()
            self.close()
            return
        match = _TOKEN.match(self.text, self.at)
        if match is None or match.lastgroup in ("power", "op"):
            raise _Bad(self.at, _odd(self.text[self.at:self.at + 1]))
        self.at = match.end()
        word = match[0]
        if match.lastgroup == "word" and self.peek("("):
            self.function(word)
            return
        if match.lastgroup == "word":
            following = _TOKEN.match(self.text, self.at)
            if following and following.lastgroup == "quoted":
                if word not in PREFIXES:
                    raise _Bad(match.start(), f"{word!r} before a quote is no prefix")
                self.at = following.end()
                self.quoted.append(word + following[0])
                self.newer(None)
            else:
                self.symbols.append(split(word))
        elif match.lastgroup == "quoted":
            self.quoted.append(word)
        else:
            self.symbols.append(Symbol("%", "", "%"))
            self.newer((2, 11))
        if self.take("**"):
            self.exponent()

    def function(self, name: str) -> None:
        if name not in FUNCTIONS:
            self.odd_functions.append(name)
        self.take("(")
        if _SCALE.match(self.text, self.at):
            self.newer(None)
        self.scaled()
        self.close()

    def close(self) -> None:
        if not self.take(")"):
            raise _Bad(self.at, "')' is missing" if self.at == len(self.text) else _odd(self.text[self.at]))

    def exponent(self) -> None:
        match = _EXPONENT.match(self.text, self.at)
        if match is None:
            raise _Bad(self.at, "no number after '**'")
        if re.search(r"(?<![0-9.])0[0-9]", match[0]):
            raise _Bad(self.at, "a number must not begin with 0")
        self.at = match.end()


def _odd(rest: str) -> str:
    if not rest:
        return "something is missing at the end"
    if rest.isspace():
        return "a blank"
    return f"{rest!r} is out of place"


@lru_cache(4096)
def parse(text: str) -> Unit:
    """Judge a unit string. Never raises."""
    parser = _Parser(text)
    try:
        parser.whole()
    except _Bad as bad:
        return Unit(text, Kind.SYNTAX, column=bad.position + 1, problem=bad.problem, readable_since=None,
                    suggestion=_suggestion(text))
    except RecursionError:
        return Unit(text, Kind.SYNTAX, column=1, problem="parentheses nested too deeply", readable_since=None)
    symbols = parser.symbols
    refused = [symbol for symbol in symbols if symbol.prefix_refused]
    if refused:
        by_dachs = any(symbol.prefix_refused == "DaCHS" for symbol in refused)
        return Unit(text, Kind.PREFIX, _written(refused), readable_since=None if by_dachs else parser.unread,
                    problem=f"{refused[0].base} takes no prefix{' in DaCHS' if by_dachs else ''}",
                    suggestion=_suggestion(text))
    strangers = (*_written([symbol for symbol in symbols if not symbol.known]), *parser.odd_functions, *parser.quoted)
    if strangers:
        return Unit(text, Kind.UNKNOWN, strangers, readable_since=parser.unread, suggestion=_suggestion(text))
    old = [symbol for symbol in symbols if "d" in KNOWN[symbol.base]]
    return Unit(text, Kind.DEPRECATED if old else Kind.KNOWN, _written(old), readable_since=parser.unread)


def _written(symbols: list[Symbol]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(symbol.written for symbol in symbols))


def _suggestion(text: str) -> Suggestion | None:
    """How a bad or unknown unit should probably be written; None without a good idea."""
    found = guess(text)
    if found is None or not found.text:
        return found
    parser = _Parser(found.text)
    try:
        parser.whole()
    except _Bad:
        return None
    good = all(symbol.known and not symbol.prefix_refused for symbol in parser.symbols)
    return found if good and not parser.odd_functions and parser.unread is not None else None
