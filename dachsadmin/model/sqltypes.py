"""When the type of a column in the database is the one that an RD declares."""

from __future__ import annotations

import re

_FAMILIES = (frozenset({"smallint", "integer", "bigint"}), frozenset({"real", "double precision", "numeric"}),
             frozenset({"text", "unicode", "character varying"}))
_ALIASES = {"timestamp without time zone": "timestamp", "time without time zone": "time", "character": "char"}


def same_type(declared: str, found: str) -> bool:
    """Whether a column is of the type that an RD declares, as DaCHS judges: it looks at no lengths, and takes all
    integers for each other, and all floats."""
    wanted, there = (re.sub(r"\([\d,]*\)|(?<=\[)\d+(?=\])", "", kind) for kind in (declared, found))
    if wanted.endswith("[]") != there.endswith("[]"):
        return False
    wanted, there = (_ALIASES.get(kind, kind) for kind in (wanted.removesuffix("[]"), there.removesuffix("[]")))
    return wanted in (there, "box") or any(wanted in family and there in family for family in _FAMILIES)
