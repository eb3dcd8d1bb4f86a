"""Values as DaCHS reads them: macros as streams and mixins fill them in, booleans."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_MACRO = re.compile(r"\\\\|\\\n|\\\+|\\([A-Za-z_][A-Za-z_0-9]+)((?:\{[^{}]*\})*)")
_BUILTIN_MACROS: Mapping[str, Callable[[str], str]] = {
    "upper": str.upper, "lower": str.lower, "decapitalize": lambda text: text[:1].lower() + text[1:],
    "quote": lambda text: '"' + text.replace('"', '\\"') + '"',
}


@dataclass(frozen=True)
class Level:
    """One playing: the macros it fills in.

    A value is filled in by the innermost playing only, unless a later one has `reexpand`, or an earlier one `raw`.
    """

    macros: Mapping[str, str]
    reexpand: bool = False
    raw: bool = False


def fill(value: str, levels: tuple[Level, ...]) -> str:
    """A value after it was played; as it was before the playing that has a macro which is not known."""
    filled = False
    for level in levels:
        if "\\" not in value:
            break
        if filled and not level.reexpand:
            continue
        result = expand(value, level.macros)
        if result is None:
            return value
        value, filled = result, not level.raw
    return value


def expand(text: str, macros: Mapping[str, str]) -> str | None:
    """Fill macros into a text as DaCHS does; None if one of them is not known."""
    known = True

    def filled(match: re.Match[str]) -> str:
        nonlocal known
        if match[1] is None:
            return {"\\\\": "\\", "\\\n": " "}.get(match[0], "")
        if match[1] in macros and not match[2]:
            return macros[match[1]]
        if match[1] in _BUILTIN_MACROS and match[2].count("{") == 1:
            argument = expand(match[2][1:-1], macros)
            if argument is not None:
                return _BUILTIN_MACROS[match[1]](argument)
        known = False
        return match[0]

    result = _MACRO.sub(filled, text)
    return result if known else None


def is_true(literal: str | None) -> bool:
    """Whether a boolean attribute means yes (DaCHS 2.3 to 2.13)."""
    return literal is not None and literal.strip().lower() in ("true", "yes", "t", "on", "enabled", "1")
