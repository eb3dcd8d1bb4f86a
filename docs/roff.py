"""Man pages: text and simple Markdown as groff source."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SIGNS = {"\\": "\\e", "–": "\\(en", "—": "\\(em", "“": "\\(lq", "”": "\\(rq", "‘": "\\(oq", "’": "\\(cq", "…": "...",
          "≤": "\\(<=", "≥": "\\(>=", "×": "\\(mu", "~": "\\(ti", "^": "\\(ha", "`": "\\(ga"}


def text(words: str) -> str:
    """A paragraph of text; a line never begins with what groff takes for a request."""
    escaped = "".join(_SIGNS.get(char, char) for char in words)
    return re.sub(r"(?m)^([.'])", r"\\&\1", escaped)


def code(words: str) -> str:
    """Text that is typed: its hyphens are minus signs, its quotes straight."""
    return text(words).replace("-", "\\-").replace("'", "\\(aq")


def bold(words: str) -> str:
    return f"\\fB{code(words)}\\fR"


def italic(words: str) -> str:
    return f"\\fI{code(words)}\\fR"


def inline(words: str) -> str:
    """A paragraph with **bold**, *italic* and `code`."""
    parts = re.split(r"(\*\*[^*]+\*\*|`[^`]+`|\*[^*\s][^*]*\*)", words)
    made = [bold(part.strip("*`")) if part.startswith(("**", "`")) and len(part) > 2 else
            italic(part.strip("*")) if part.startswith("*") and len(part) > 2 else text(part) for part in parts]
    return re.sub(r"(?m)^([.'])", r"\\&\1", "".join(made))


def heading(name: str, section: int, date: str, source: str) -> str:
    return f'.TH "{code(name.upper())}" {section} "{date}" "{source}" "dachsadmin"\n.nh\n.ad l\n'


def tagged(term: str, words: str) -> str:
    """A term (groff source already) and what is said about it (simple Markdown)."""
    return f".TP\n{term}\n{inline(words)}\n"


def markdown(source: str) -> str:
    """Headings, paragraphs, `- **term**: text` and other lists, and indented or fenced code."""
    made: list[str] = []
    for kind, lines in _blocks(source):
        if kind == "heading":
            level, _, name = lines[0].partition(" ")
            made.append(f'.SH "{text(name.upper())}"\n' if level == "##" else f'.SS "{text(name)}"\n')
        elif kind == "code":
            body = "\n".join(code(line) or "\\&" for line in lines)
            made.append(f".PP\n.RS 4\n.nf\n{body}\n.fi\n.RE\n")
        elif kind == "item":
            made.append(_item(" ".join(" ".join(lines)[1:].split())))
        else:
            made.append(f".PP\n{inline(' '.join(' '.join(lines).split()))}\n")
    return "".join(made)


def _blocks(source: str) -> Iterator[tuple[str, list[str]]]:
    """(heading, code, item or paragraph, its lines). Code comes without its indentation and without its fences."""
    kind, block, fenced = "", list[str](), False
    for line in [*source.split("\n"), ""]:
        if line.startswith("```"):
            if block:
                yield kind, block
            kind, block, fenced = "" if fenced else "code", [], not fenced
        elif fenced:
            block.append(line)
        else:
            now = _kind(line, kind)
            if block and (now != kind or line.startswith(("#", "- "))):
                yield kind, block
                block = []
            kind = now
            block += [line.removeprefix("    ")] if kind else []


def _kind(line: str, before: str) -> str:
    if not line.strip():
        return ""
    if line.startswith("    ") and before in ("", "code"):
        return "code"
    if line.startswith("#"):
        return "heading"
    return "item" if line.startswith("- ") else before if before in ("item", "paragraph") else "paragraph"


def _item(words: str) -> str:
    match = re.match(r"((?:\*\*[^*]+\*\*|`[^`]+`)(?:, (?:\*\*[^*]+\*\*|`[^`]+`))*): (.*)", words)
    if match:
        return tagged(inline(match[1]), match[2])
    return f".IP \\(bu 2\n{inline(words)}\n"
