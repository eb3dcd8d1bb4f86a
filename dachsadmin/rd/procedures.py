"""Rules for code in procedures: where @name is taken for a value of the row."""

from __future__ import annotations

import re

from dachsadmin.rd.code import Snippet, Verdict, verdict

AT_NAME = re.compile(r"(?<![\w)\]@])@([A-Za-z_]\w*)")
"""`@name`, not where it is an operator; a decorator begins a line."""


def misplaced_at(snippet: Snippet, judged: Verdict | None = None) -> re.Match[str] | None:
    """The @name that keeps a snippet from compiling because DaCHS does not replace it there; None if it is not that."""
    if snippet.at or "@" not in snippet.text or (judged or verdict(snippet)).compiles:
        return None
    if not verdict(snippet._replace(at=True)).compiles:
        return None
    return AT_NAME.search(snippet.text)
