"""What was meant by a unit that is no VOUnits: other tongues of units, long names, capitals."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dachsadmin.model.unit_symbols import DACHS_TAKES_NO_PREFIX, KNOWN, split

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


@dataclass(frozen=True)
class Suggestion:
    """How a unit should be written. `certain`: it can only have meant this. An empty `text` means: no unit at all."""

    text: str
    certain: bool


class _NoIdea(Exception):
    pass


@dataclass
class _Guess:
    """What a free-form unit probably says: factors with powers, in order."""

    factors: list[tuple[str, str]]
    slashed: bool = False
    certain: bool = True


def guess(text: str) -> Suggestion | None:
    """What a bad or unknown unit probably means, written anew; None without an idea. It need not be good VOUnits."""
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
    return Suggestion(written, certain and sure) if written != text else None


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
        elif "s" in flags and len(base) > 1 and lower.endswith(base.lower()) and base not in DACHS_TAKES_NO_PREFIX:
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
