"""VOUnits 1.1: what a unit string means, what is wrong with it, and how it should be written.

Grammar: VOUnits 1.1, appendix C.6; symbols: its table of known units; prefixes: 2.5. How DaCHS deviates from the
standard was measured with DaCHS 2.3, 2.7, 2.11 and 2.13.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

# Symbol -> flags: s takes SI prefixes, b takes binary prefixes, d is deprecated. (VOUnits 1.1, table of known units)
KNOWN = {
    "%": "", "A": "s", "a": "s", "adu": "s", "Angstrom": "d", "angstrom": "d", "arcmin": "s", "arcsec": "s", "AU": "",
    "au": "", "Ba": "d", "barn": "sd", "beam": "s", "bin": "s", "bit": "sb", "byte": "sb", "B": "sb", "C": "s",
    "cd": "s", "chan": "s", "count": "s", "ct": "s", "d": "s", "dB": "", "D": "s", "deg": "s", "erg": "sd", "eV": "s",
    "F": "s", "g": "s", "G": "sd", "H": "s", "h": "s", "Hz": "s", "J": "s", "Jy": "s", "K": "s", "lm": "s", "lx": "s",
    "lyr": "s", "m": "s", "mag": "s", "mas": "", "min": "s", "mol": "s", "N": "s", "Ohm": "s", "Pa": "s", "pc": "s",
    "ph": "s", "photon": "s", "pix": "s", "pixel": "s", "R": "s", "rad": "s", "Ry": "s", "s": "s", "S": "s",
    "solLum": "s", "solMass": "s", "solRad": "s", "sr": "s", "T": "s", "ta": "d", "u": "s", "V": "s", "voxel": "s",
    "W": "s", "Wb": "s", "yr": "s",
}
FUNCTIONS = frozenset({"log", "ln", "exp", "sqrt"})
PREFIXES = frozenset("d c m u n p f a z y r q da h k M G T P E Z Y R Q".split())
_NEW_PREFIXES = frozenset("rqRQ")  # since VOUnits 1.1; DaCHS up to 2.13 does not know them
BINARY_PREFIXES = frozenset("Ki Mi Gi Ti Pi Ei Zi Yi".split())

# DaCHS refuses a prefix on these, though VOUnits 1.1 allows one on most of them (measured: 2.7, 2.11, 2.13).
_DACHS_TAKES_NO_PREFIX = frozenset(
    "% AU D Ry arcmin au beam bin chan d h mas min ph photon pix pixel solLum solMass solRad voxel".split())


class Kind(enum.Enum):
    """How good a unit string is; the later, the worse."""

    KNOWN = "known"
    DEPRECATED = "deprecated"
    UNKNOWN = "unknown"
    PREFIX = "prefix"
    SYNTAX = "syntax"


@dataclass(frozen=True)
class Suggestion:
    """How a unit should be written. `certain`: it can only have meant this. An empty `text` means: no unit at all."""

    text: str
    certain: bool


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


class _Bad(Exception):
    def __init__(self, position: int, problem: str) -> None:
        super().__init__(problem)
        self.position = position
        self.problem = problem


@dataclass(frozen=True)
class Symbol:
    """One unit symbol in an expression: its prefix and the rest."""

    written: str
    prefix: str
    base: str

    @property
    def known(self) -> bool:
        return self.base in KNOWN

    @property
    def prefix_refused(self) -> str:
        """Who refuses the prefix: `` nobody, `VOUnits`, `DaCHS`."""
        if not self.prefix or not self.known:
            return ""
        if self.base in _DACHS_TAKES_NO_PREFIX and self.prefix != "da" and self.prefix not in _NEW_PREFIXES:
            return "DaCHS"
        return "" if "s" in KNOWN[self.base] or self.prefix in BINARY_PREFIXES else "VOUnits"


@lru_cache(4096)
def split(word: str) -> Symbol:
    """Split a symbol into prefix and base, known symbols first (VOUnits 1.1, 2.3).

    What `da` begins is open in VOUnits (2.6); it is read here as DaCHS reads it.
    """
    if word in KNOWN:
        return Symbol(word, "", word)
    if word[:2] in BINARY_PREFIXES and "b" in KNOWN.get(word[2:], ""):
        return Symbol(word, word[:2], word[2:])
    if word.startswith("da") and len(word) > 2 and word != "dadu":
        return Symbol(word, "da", word[2:])
    if len(word) > 1 and word[0] in PREFIXES:
        return Symbol(word, word[0], word[1:])
    return Symbol(word, "", word)


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
                    suggestion=suggest(text))
    except RecursionError:
        return Unit(text, Kind.SYNTAX, column=1, problem="parentheses nested too deeply", readable_since=None)
    symbols = parser.symbols
    refused = [symbol for symbol in symbols if symbol.prefix_refused]
    if refused:
        by_dachs = any(symbol.prefix_refused == "DaCHS" for symbol in refused)
        return Unit(text, Kind.PREFIX, _written(refused), readable_since=None if by_dachs else parser.unread,
                    problem=f"{refused[0].base} takes no prefix{' in DaCHS' if by_dachs else ''}",
                    suggestion=suggest(text))
    strangers = (*_written([symbol for symbol in symbols if not symbol.known]), *parser.odd_functions, *parser.quoted)
    if strangers:
        return Unit(text, Kind.UNKNOWN, strangers, readable_since=parser.unread, suggestion=suggest(text))
    old = [symbol for symbol in symbols if "d" in KNOWN[symbol.base]]
    return Unit(text, Kind.DEPRECATED if old else Kind.KNOWN, _written(old), readable_since=parser.unread)


def _written(symbols: list[Symbol]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(symbol.written for symbol in symbols))


# ---- what was meant -------------------------------------------------------------------------------------------------

_MEANT = {
    "degree": "deg", "degrees": "deg", "degs": "deg", "sec": "s", "secs": "s", "second": "s", "seconds": "s",
    "minute": "min", "minutes": "min", "mins": "min", "hour": "h", "hours": "h", "hr": "h", "hrs": "h", "day": "d",
    "days": "d", "year": "yr", "years": "yr", "yrs": "yr", "jansky": "Jy", "janskys": "Jy", "microns": "um",
    "micron": "um", "micrometer": "um", "angstroms": "Angstrom", "ang": "Angstrom", "angs": "Angstrom",
    "aangstrom": "Angstrom", "ångström": "Angstrom", "mags": "mag", "magnitude": "mag", "magnitudes": "mag",
    "photons": "photon", "phot": "photon", "counts": "count", "cts": "ct", "parsec": "pc", "parsecs": "pc",
    "meter": "m", "meters": "m", "metre": "m", "metres": "m", "kelvin": "K", "kelvins": "K", "gram": "g",
    "grams": "g", "msun": "solMass", "msol": "solMass", "m_sun": "solMass", "solarmass": "solMass",
    "lsun": "solLum", "lsol": "solLum", "l_sun": "solLum", "rsun": "solRad", "rsol": "solRad", "r_sun": "solRad",
    "ergs": "erg", "bytes": "byte", "bits": "bit", "pixels": "pixel", "px": "pixel", "arcsecs": "arcsec",
    "arcsecond": "arcsec", "arcseconds": "arcsec", "arcmins": "arcmin", "arcminute": "arcmin",
    "arcminutes": "arcmin", "milliarcsec": "mas", "milliarcsecond": "mas", "milliarcseconds": "mas", "hertz": "Hz",
    "electronvolt": "eV", "radian": "rad", "radians": "rad", "steradian": "sr", "watt": "W", "watts": "W",
    "joule": "J", "gauss": "G", "tesla": "T", "volt": "V", "volts": "V", "newton": "N", "newtons": "N", "ohm": "Ohm",
    "uas": "uarcsec", "mjd": "d", "jd": "d", "kb": "kbyte", "mb": "Mbyte", "gb": "Gbyte",
}
_MEANT_EXACTLY = {"as": "arcsec"}
_MEANT_NOTHING = frozenset({"-", "--", "---", "none", "unitless", "dimensionless", "unknown", "n/a", "na", "null", "1",
                            "no unit", "nounit", "adimensional", "?"})
_UNSURE = frozenset({"mjd", "jd", "ang", "phot", "kb", "mb", "gb", "px", "na", "ohm", "as"})
_FOREIGN = str.maketrans({"µ": "u", "μ": "u", "Å": "Angstrom", "Å": "Angstrom", "°": "deg", "·": ".", "×": ".",
                          "⋅": ".", "′": "arcmin", "″": "arcsec", "Ω": "Ohm", "−": "-", "–": "-",
                          "⁰": "⁰", "¹": "**1", "²": "**2", "³": "**3"})
_LENIENT = re.compile(r"""\s*(?:(?P<power>\*\*|\^)|(?P<times>[.*])|(?P<over>/)|(?P<open>[({])|(?P<close>[)}])
    |(?P<word>[A-Za-z_%ö]+)|(?P<number>[+-]?[0-9]+(?:\.[0-9]+)?))""", re.VERBOSE)
_LENIENT_SCALE = re.compile(r"\s*(?:10\s*(?:\*\*|\^|(?=[+-]))\s*\(?\s*([+-]?[0-9]+)\s*\)?|1[eE]([+-]?[0-9]+))"
                            r"[\s.*]*(?![0-9/])")


class _NoIdea(Exception):
    pass


@dataclass
class _Guess:
    """What a free-form unit probably says: factors with powers, in order."""

    factors: list[tuple[str, str]]
    slashed: bool = False
    certain: bool = True


def suggest(text: str) -> Suggestion | None:
    """How a bad or unknown unit should probably be written; None without a good idea."""
    stripped = text.strip()
    if stripped.lower() in _MEANT_NOTHING or not stripped:
        return Suggestion("", certain=stripped.lower() in ("", "-", "--", "---", "none", "unitless", "dimensionless"))
    certain = True
    if stripped[0] in "[(" and stripped[-1] in "])" and not set(stripped[1:-1]) & set("()[]"):
        # In CDS's syntax [deg] is a logarithm, elsewhere just decoration.
        certain = stripped[0] == "("
        stripped = stripped[1:-1]
    try:
        written, sure = _rewrite(stripped.translate(_FOREIGN))
    except _NoIdea:
        return None
    if written == text:
        return None
    unit = _Parser(written)
    try:
        unit.whole()
    except _Bad:
        return None
    if any(not symbol.known or symbol.prefix_refused for symbol in unit.symbols) or unit.odd_functions or \
            unit.unread is None:
        return None
    return Suggestion(written, certain and sure)


def _rewrite(text: str) -> tuple[str, bool]:
    function = re.fullmatch(r"\s*(log|ln|exp|sqrt)(?:10)?\s*[(\[](.*)[)\]]\s*", text)
    if function:
        inner, certain = _rewrite(function[2])
        return f"{function[1]}({inner})", certain
    scale = ""
    match = _LENIENT_SCALE.match(text)
    if match:
        scale = f"10**{int(match[1] or match[2])}"
        text = text[match.end():]
    elif re.match(r"\s*1\s*/", text):
        text = text[text.index("1") + 1:]
    guess = _Guess([])
    position = _read_product(text, 0, 1, guess)
    if position != len(text.rstrip()):
        raise _NoIdea
    return scale + _render(guess), guess.certain


def _read_product(text: str, position: int, sign: int, guess: _Guess) -> int:
    """Read `a b/c d` up to a closing parenthesis or the end; after a slash one factor (or a group) is divided by."""
    current = sign
    end = len(text.rstrip())
    after_slash = False
    while position < end:
        match = _LENIENT.match(text, position)
        if match is None or match.lastgroup in ("power", "number"):
            raise _NoIdea
        group = match.lastgroup
        if group == "close":
            return position
        position = match.end()
        if group == "times":
            continue
        if group == "over":
            guess.slashed = True
            current, after_slash = -sign, True
            continue
        if group == "open":
            position = _read_product(text, position, current, guess)
            closing = _LENIENT.match(text, position)
            if closing is None or closing.lastgroup != "close":
                raise _NoIdea
            position = closing.end()
            if re.match(r"\s*(\*\*|\^)", text[position:]):
                raise _NoIdea
        else:
            position = _read_factor(text, match, position, current, guess)
        if after_slash:
            # Whether `a/b c` means a/(b c) is anybody's guess.
            if re.match(r"[\s.*]*[A-Za-z(]", text[position:end]) and current != sign:
                guess.certain = False
            current, after_slash = sign, False
    return position


def _read_factor(text: str, word: re.Match[str], position: int, sign: int, guess: _Guess) -> int:
    power = re.compile(r"(\s*(?:\*\*|\^)\s*)?(\{?\(?[+-]?[0-9]+(?:\.[0-9]+|/[0-9]+)?\)?\}?)").match(text, position)
    exponent = "1"
    if power and power[1] is None and power[2][0] in "({":
        power = None
    if power:
        exponent = power[2].strip("(){}").lstrip("+")
        position = power.end()
        if (power[1] is None and _two_in_one(word["word"])) or ("/" in exponent and "(" not in power[2]):
            guess.certain = False
    symbol, certain = _meant(word["word"])
    guess.certain = guess.certain and certain and symbol != "A"  # mostly it is meant to be the Angstrom
    guess.factors.append((symbol, _negated(exponent) if sign < 0 else exponent))
    return position


def _negated(exponent: str) -> str:
    return exponent[1:] if exponent.startswith("-") else "-" + exponent


def _two_in_one(word: str) -> bool:
    """Whether `ms-1` may have meant m.s**-1."""
    if word in KNOWN:
        return False
    return any(word[:cut] in KNOWN and word[cut:] in KNOWN for cut in range(1, len(word)))


def _meant(word: str) -> tuple[str, bool]:
    """The VOUnits symbol that a word most probably stands for, and whether it can stand for nothing else."""
    symbol = split(word)
    if symbol.known and not symbol.prefix_refused:
        return word, True
    if word in _MEANT_EXACTLY:
        return _MEANT_EXACTLY[word], False
    lower = word.lower()
    if lower in _MEANT:
        return _MEANT[lower], lower not in _UNSURE
    for prefix, names in _LONG_PREFIXES:
        for name in names:
            rest = word[len(name):]
            if word.startswith(name) and rest and (base := _MEANT.get(rest.lower(), rest if rest in KNOWN else "")):
                whole = prefix + base
                if split(whole).known and not split(whole).prefix_refused:
                    return whole, len(name) > 1
    alike = sorted(set(_in_other_case(word)))
    if len(alike) == 1 and len(word) > 1:
        return alike[0], len(word) > 2
    raise _NoIdea


_LONG_PREFIXES = [("m", ("milli", "m")), ("u", ("micro", "u")), ("n", ("nano", "n")), ("k", ("kilo", "k")),
                  ("M", ("mega", "M")), ("G", ("giga", "G")), ("c", ("centi", "c")), ("T", ("tera", "T"))]


def _in_other_case(word: str) -> Iterator[str]:
    """Known symbols, with the usual prefixes, that differ from a word in capitals only."""
    lower = word.lower()
    for base, flags in KNOWN.items():
        if lower == base.lower():
            yield base
        elif "s" in flags and len(base) > 1 and lower.endswith(base.lower()) and base not in _DACHS_TAKES_NO_PREFIX:
            prefix = word[:-len(base)]
            if prefix in ("m", "k", "M", "G", "n", "u", "T", "c"):
                yield prefix + base
            elif prefix == "K":
                yield "k" + base


def _render(guess: _Guess) -> str:
    """Write factors as VOUnits: with one slash if there was one and nothing else is negative, else with powers."""
    if not guess.factors:
        raise _NoIdea
    over = [(symbol, power) for symbol, power in guess.factors if power.startswith("-")]
    above = [(symbol, power) for symbol, power in guess.factors if not power.startswith("-")]
    if guess.slashed and above and over:
        below = ".".join(_power(symbol, _negated(power)) for symbol, power in over)
        return ".".join(_power(*factor) for factor in above) + "/" + (f"({below})" if len(over) > 1 else below)
    return ".".join(_power(*factor) for factor in guess.factors)


def _power(symbol: str, power: str) -> str:
    if power == "1":
        return symbol
    return f"{symbol}**{power}" if re.fullmatch(r"-?[0-9]+", power) else f"{symbol}**({power})"
