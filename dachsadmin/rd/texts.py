"""How DaCHS takes the indentation out of texts in an RD."""

from __future__ import annotations

import re

_INDENT = re.compile(r"\s*")


class BadIndent(Exception):
    """A line stands further left than the line that rules the indentation. `line` counts from 1."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line} is indented less than the lines before it")
        self.line = line


def dedent(text: str) -> str:
    """Take away the indentation of the second line (the first non-empty one after the first) from all lines after it.

    The lines stay as many as they are. Raises BadIndent where DaCHS refuses the text.
    """
    lines = text.split("\n")
    ruling = next((number for number, line in enumerate(lines) if number and line.strip()), None)
    if ruling is None:
        return "\n".join(line.lstrip() for line in lines)
    match = _INDENT.match(lines[ruling])
    indent = match[0] if match else ""
    made = [line.lstrip() for line in lines[:ruling]]
    for number, line in enumerate(lines[ruling:], ruling):
        if line.strip() and not line.startswith(indent):
            raise BadIndent(number + 1)
        made.append(line[len(indent):] if line.strip() else "")
    return "\n".join(made)
