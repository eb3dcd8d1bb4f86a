"""SQL as text: taken apart as DaCHS and PostgreSQL do it, every character knowing where it comes from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

UNKNOWN = "\ue000"
"""Stands for what a macro makes that only DaCHS knows."""

_QUERIES = frozenset({"SELECT", "WITH", "VALUES", "TABLE", "INSERT", "UPDATE", "DELETE", "MERGE", "("})
_MAKES = frozenset({"TABLE", "VIEW", "SEQUENCE", "FUNCTION", "PROCEDURE", "TYPE", "AGGREGATE", "DOMAIN", "SCHEMA",
                    "INDEX"})


@dataclass(frozen=True)
class Text:
    """A text made of another one: `origins` has, for each character, its offset there."""

    text: str
    origins: tuple[int, ...]

    @staticmethod
    def of(text: str) -> Text:
        return Text(text, tuple(range(len(text))))

    def __len__(self) -> int:
        return len(self.text)

    def part(self, start: int, end: int) -> Text:
        return Text(self.text[start:end], self.origins[start:end])

    def with_replaced(self, start: int, end: int, by: str) -> Text:
        """The text with [start, end) replaced; the new characters come from where the old ones began."""
        origin = self.origin(start)
        return Text(self.text[:start] + by + self.text[end:],
                    self.origins[:start] + (origin,) * len(by) + self.origins[end:])

    def between(self, before: str, after: str) -> Text:
        """The text with something around it, whose characters come from where the nearest of ours does."""
        return Text(before + self.text + after, (self.origin(0),) * len(before) + self.origins
                    + (self.origin(len(self)),) * len(after))

    def origin(self, position: int) -> int:
        """Where a character comes from; behind the last one, where that came from."""
        if not self.origins:
            return 0
        return self.origins[min(position, len(self.origins) - 1)]


# -- as DaCHS does it ------------------------------------------------------------------------------------------------

_ATOM = re.compile(r"""
    [ \t]*+(?:(?P<comment>--[^\n]*\n|/\*.*?\*/)
    |(?P<other>[^;'"$]+)
    |(?P<literal>'(?:[^'\\]|\\.)*'|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$|"(?:[^"\\\n\r]|\\.)*")
    |(?P<dollar>\$(?!\$)))""", re.VERBOSE | re.DOTALL)
_END = re.compile(r"[ \t]*(?:;(?:[ \t]*\n)*|\Z)")


@dataclass(frozen=True)
class Unsplittable:
    """Where DaCHS cannot take a script apart, and why (completes "the script ... ")."""

    position: int
    reason: str


def split_script(script: Text) -> list[Text] | Unsplittable:
    """The statements of an SQL script as DaCHS (2.3 to 2.13) takes them apart.

    It sees comments only directly behind a semicolon or a literal (not behind the line break that a script begins
    with); elsewhere their quotes and semicolons count like all others.
    """
    statements: list[Text] = []
    position, text = 0, script.text
    while True:
        begin: int | None = None
        start = end = position
        while (atom := _ATOM.match(text, position)) is not None:
            if atom["comment"] is None:
                if begin is None:
                    begin = max(atom.start("other"), atom.start("literal"), atom.start("dollar"))
                end = atom.end()
            position = atom.end()
        stop = _END.match(text, position)
        if stop is None:
            return _why(text, position)
        if position == start:
            if start > 0 and ";" not in stop[0]:
                return statements
            reason = "has a semicolon without a statement before it" if text.strip() else "is empty"
            return Unsplittable(position, reason)
        if begin is not None and text[begin:end].strip():
            statements.append(script.part(begin, end))
        position = stop.end()
        if position == len(text):
            return statements


def _why(text: str, position: int) -> Unsplittable:
    position += len(text[position:]) - len(text[position:].lstrip(" \t"))
    quote = {"'": "an apostrophe", '"': "a double quote"}.get(text[position], "dollar quotes")
    line = text[text.rfind("\n", 0, position) + 1:position]
    if "--" in line or "/*" in line:
        return Unsplittable(position, f"has {quote} in a comment, which DaCHS takes for the beginning of a literal")
    return Unsplittable(position, f"has {quote} that nothing closes")


def sent(statement: Text) -> str:
    """What DaCHS sends for a statement of a script: its parts, with a blank between each two."""
    return " ".join(atom["other"] or atom["literal"] or atom["dollar"] for atom in _ATOM.finditer(statement.text)
                    if atom["comment"] is None)


def unformatted(query: Text) -> Text | int:
    """A view statement or query as psycopg2 sends it, where %% means %; the position of a % that it stumbles over."""
    position = doubled = 0
    while (position := query.text.find("%", position)) >= 0:
        if query.text[position + 1:position + 2] != "%":
            return position + doubled
        query = query.with_replaced(position, position + 2, "%")
        position, doubled = position + 1, doubled + 1
    return query


# -- as PostgreSQL does it -------------------------------------------------------------------------------------------

_TOKEN = re.compile(r"""
    (?P<space>\s+|--[^\n]*|/\*.*?\*/)
    |(?P<string>[Ee]'(?:[^'\\]|\\.|'')*'|(?:[BbXxNn]|[Uu]&)?'(?:[^']|'')*'
        |\$(?P<tag>(?:[A-Za-z_]\w*)?)\$.*?\$(?P=tag)\$)
    |(?P<quoted>(?:[Uu]&)?"(?:[^"]|"")*")
    |(?P<word>[A-Za-z_\u0080-\ud7ff][\w$]*)
    |(?P<number>\d[\w.]*|\.\d+)
    |(?P<parameter>\$\d+)
    |(?P<other>.)""", re.VERBOSE | re.DOTALL)


@dataclass(frozen=True)
class Token:
    """`kind`: string, quoted, word, number, parameter or other."""

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def keyword(self) -> str:
        return self.text.upper() if self.kind == "word" else self.text

    @property
    def name(self) -> str:
        """A name as PostgreSQL folds it."""
        return self.text[1:-1].replace('""', '"') if self.kind == "quoted" else self.text.lower()


def tokens(text: str) -> list[Token]:
    """The tokens of SQL, without blanks and comments."""
    return [Token(match.lastgroup or "string" if match.lastgroup != "tag" else "string", match[0], match.start())
            for match in _TOKEN.finditer(text) if match.lastgroup != "space"]


@dataclass(frozen=True)
class Name:
    """A name with dots, such as `res.data.ra`, folded."""

    parts: tuple[str, ...]
    tokens: tuple[Token, ...]

    @property
    def start(self) -> int:
        return self.tokens[0].start

    def __str__(self) -> str:
        return ".".join(self.parts)


def names(found: list[Token]) -> Iterator[Name]:
    """All names among tokens, keywords included."""
    index = 0
    while index < len(found):
        if found[index].kind not in ("word", "quoted"):
            index += 1
            continue
        parts = [found[index]]
        while (index + 2 < len(found) and found[index + 1].text == "."
               and found[index + 2].kind in ("word", "quoted")):
            index += 2
            parts.append(found[index])
        yield Name(tuple(part.name for part in parts), tuple(parts))
        index += 1


def split(query: Text) -> list[Text]:
    """The statements of a text as PostgreSQL takes them apart."""
    statements, begin = [], 0
    found = tokens(query.text)
    for token in (*found, Token("other", ";", len(query.text))):
        if token.text == ";" and token.kind == "other":
            inside = [other for other in found if begin <= other.start < token.start]
            if inside:
                statements.append(query.part(inside[0].start, inside[-1].end))
            begin = token.end
    return statements


def is_query(statement: Text) -> bool:
    """Whether PostgreSQL looks at names when it analyses a statement; of other commands it sees the syntax only."""
    found = tokens(statement.text)
    return bool(found) and found[0].keyword in _QUERIES


def query_inside(statement: Text) -> Text | None:
    """The query that CREATE VIEW ... AS or CREATE TABLE ... AS stores."""
    found = tokens(statement.text)
    depth = 0
    seen: list[str] = []
    for index, token in enumerate(found):
        depth += {"(": 1, ")": -1}.get(token.text, 0) if token.kind == "other" else 0
        if token.keyword == "AS" and depth == 0:
            if seen[:1] != ["CREATE"] or not {"VIEW", "TABLE"} & set(seen):
                return None
            last = _without_options(found, index)
            return statement.part(found[index + 1].start, found[last].end) if last > index else None
        seen.append(token.keyword)
    return None


def _without_options(found: list[Token], begin: int) -> int:
    """The last token before WITH [NO] DATA and WITH ... CHECK OPTION."""
    words = [token.keyword for token in found]
    for length in (2, 3, 4):
        tail = words[-length:]
        is_option = tail[0] == "WITH" and (tail[-1] == "DATA" or tail[-2:] == ["CHECK", "OPTION"])
        if is_option and len(found) - length > begin:
            return len(found) - length - 1
    return len(found) - 1


def made_by(statement: Text) -> Iterator[str]:
    """The names (without schema) that a statement makes in the database."""
    found = tokens(statement.text)
    words = [token.keyword for token in found]
    for index, word in enumerate(words):
        if word == "INTO" or (word in _MAKES and words[0] == "CREATE"):
            rest = found[index + 1:]
            while [token.keyword for token in rest[:3]] == ["IF", "NOT", "EXISTS"]:
                rest = rest[3:]
            for name in names(rest[:7]):
                yield name.parts[-1]
                break
            if words[0] == "CREATE":
                return


def name_at(statement: Text, position: int) -> Name | None:
    """The name that stands at a position."""
    return next((name for name in names(tokens(statement.text)) if name.start <= position < name.tokens[-1].end), None)
