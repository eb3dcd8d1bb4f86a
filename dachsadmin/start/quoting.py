"""Text that nobody vouches for, such as the content of a FITS header, made harmless where an RD puts it."""

from __future__ import annotations

import re
import unicodedata

_BLANK = re.compile(r"[ \t]*\n[ \t]*|\s+")


def plain(text: str, *, lines: bool = False) -> str:
    """Text that is legal in XML and that DaCHS does not take for a macro.

    Control characters and what XML forbids become blanks, a backslash (which would begin a macro) a slash; two per cent
    signs would look like a hole of a template, and become words. Without `lines` it is one line.
    """
    kept = "".join(char if char == "\n" or (unicodedata.category(char) not in ("Cc", "Cs", "Cn") and char not in "\ufffe\uffff") else " "
                   for char in text)
    kept = kept.replace("\\", "/")
    if kept.count("%") > 1:
        kept = kept.replace("%", " percent ")
    return kept if lines else " ".join(_BLANK.sub(" ", kept).split())


def python_literal(text: str) -> str:
    """The text as a Python expression without a backslash, and without an `@` that DaCHS would take for a field.

    (DaCHS replaces `@name` anywhere in a rowmaker's code, in strings, too.)
    """
    made = []
    for part in re.split(r"(?<=@)|(\"+)", plain(text)):
        if part:
            made.append(f"'{part}'" if '"' in part else f'"{part}"')
    return " ".join(made) or '""'


def sql_literal(text: str) -> str:
    """The text as an SQL string; a per cent sign is left out, as psycopg takes it for a parameter."""
    return "'" + plain(text).replace("'", "''").replace("%", "") + "'"
