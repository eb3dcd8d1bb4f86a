"""The Python that stands in an RD, where DaCHS would run it, and whether Python understands it."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from dachsadmin.model.finding import Location
from dachsadmin.rd.document import Document, Element
from dachsadmin.rd.references import PROC_APPS

_PROCS = PROC_APPS | {"procDef", "setup"}
_AT_IN = {"apply": "vars", "rowfilter": "row"}
_AT_TYPES = {"apply": "vars", "rowfilter": "row", None: "vars"}


class Snippet(NamedTuple):
    """A piece of Python in an RD.

    It is the text of `element`, or its XML attribute `attribute`. `kind` says where DaCHS uses it (`apply`, `map`).
    `form` is `body` (of a function), `module` (statements at the top level), `expression` or `imports`. `at`: whether
    `@name` is taken for a value of the row. `expands`: whether macros are filled in first. `whole`: whether the first
    line's indentation counts for the others even if it stands right behind the tag.
    """

    element: Element
    attribute: str
    text: str
    kind: str
    form: str
    at: bool = False
    expands: bool = True
    whole: bool = False

    @property
    def replayed(self) -> bool:
        return self.element.replayed


@dataclass(frozen=True)
class Verdict:
    """What Python says of a snippet: whether it compiles, else what is wrong at which line and column (from 1) of it.

    `source` is what was compiled; it has `lines_before` the snippet's first line, and `columns_before` its columns.
    """

    compiles: bool
    message: str = ""
    line: int = 1
    column: int = 1
    lines_before: int = 0
    columns_before: int = 0
    source: str = ""

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree of what compiles."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(self.source)

    def position(self, node: ast.AST) -> tuple[int, int]:
        """Line and column in the snippet of a node of the tree."""
        return (max(getattr(node, "lineno", 1) - self.lines_before, 1),
                max(getattr(node, "col_offset", 0) + 1 + self.columns_before, 1))


def snippets(rd: Document) -> list[Snippet]:
    """All Python in an RD, whether DaCHS happens to use it or not."""
    known: list[Snippet] | None = rd.facts.get("snippets")
    if known is None:
        known = rd.facts["snippets"] = list(_snippets(rd))
    return known


def _snippets(rd: Document) -> Iterator[Snippet]:
    yield from _functions(rd)
    yield from _expressions(rd)
    for element in rd.elements("script"):
        if element.get("lang") == "python":
            yield Snippet(element, "", element.text, "script", "body", whole=True)
    for element in rd.elements("formatter", "preparse", "customRF", "customDF", "codeItems"):
        yield Snippet(element, "", element.text, element.tag, "body", expands=element.tag == "formatter",
                      whole=element.tag in ("formatter", "preparse"))
    for element in rd.elements("LOOP"):
        if "codeItems" in element.attrib:
            yield Snippet(element, "codeItems", element.attrib["codeItems"], "codeItems", "body", expands=False)
    for element in rd.elements("inputKey"):
        if "preparse" in element.attrib:
            yield Snippet(element, "preparse", element.attrib["preparse"], "preparse", "body", expands=False,
                          whole=True)


def _functions(rd: Document) -> Iterator[Snippet]:
    for element in rd.elements("code"):
        parent = element.parent
        if parent is None or parent.tag not in _PROCS:
            if parent is not None and parent.tag in ("STREAM", "NXSTREAM", "events", "FEED", "LOOP", "EDIT"):
                yield Snippet(element, "", element.text, "code", "body", at=True)
            continue
        if parent.tag == "setup":
            yield Snippet(element, "", element.text, "setup code", "module")
        else:
            yield Snippet(element, "", element.text, parent.tag, "body", at=_has_at(parent))
    for element in rd.elements("setup"):
        if "imports" in element.attrib:
            yield Snippet(element, "imports", element.attrib["imports"], "imports", "imports", expands=False)
    for element in rd.elements(*_PROCS):
        if "code" in element.attrib:
            form = "module" if element.tag == "setup" else "body"
            kind = "setup code" if element.tag == "setup" else element.tag
            yield Snippet(element, "code", element.attrib["code"], kind, form, at=_has_at(element))


def _has_at(proc: Element | None) -> bool:
    """Whether DaCHS replaces @name in the code of a proc: in rowmaker applys and rowfilters only."""
    if proc is None:
        return True
    if proc.tag == "procDef":
        return proc.get("type") in _AT_TYPES
    return proc.tag in _AT_IN


def _expressions(rd: Document) -> Iterator[Snippet]:
    for element in rd.elements("map", "var"):
        if element.parent is not None and element.parent.tag == "mapKeys":
            continue
        text = element.text
        if text.strip():
            yield Snippet(element, "", text, element.tag, "expression", at=True)
        for name in ("nullExpr", "nullExcs"):
            if element.attrib.get(name):
                yield Snippet(element, name, element.attrib[name], name, "expression", expands=False)
    for element in rd.elements("par", "bind"):
        text = element.text
        if text.strip() not in ("", "__NULL__", "__EMPTY__"):
            yield Snippet(element, "", text, element.tag, "expression", at=True)
    if not rd.names.isdisjoint(("fixup", "widgetFactory")):
        for element in rd.elements("column", "outputField", "param", "inputKey"):
            if "fixup" in element.attrib:
                yield Snippet(element, "fixup", element.attrib["fixup"], "fixup", "expression")
            if "widgetFactory" in element.attrib:
                yield Snippet(element, "widgetFactory", element.attrib["widgetFactory"], "widgetFactory", "expression",
                              expands=False)
    for element in rd.elements("fixup", "widgetFactory"):
        yield Snippet(element, "", element.text, element.tag, "expression", expands=element.tag == "fixup")


_AT = re.compile(r"@([A-Za-z_][A-Za-z0-9_]*)")
_ESCAPES = re.compile(r"\\\\|\\\+|\\([A-Za-z_][A-Za-z_0-9]+)((?:\{[^{}]*\})*)")
_STAND_INS = ("macro_", "0", "", "'x'", "0, 0", "pass")


def verdict(snippet: Snippet) -> Verdict:
    """Whether Python understands a snippet once macros and @names are taken care of.

    A macro can stand for anything: a snippet is wrong only if it is wrong for everything that is tried in its place.
    """
    return verdict_on(snippet.text, snippet)


def verdict_on(text: str, snippet: Snippet) -> Verdict:
    """The verdict on a text in the place of a snippet."""
    return _verdict(text, snippet.form, snippet.whole, snippet.at, snippet.expands, snippet.element.replayed)


@lru_cache(maxsize=50_000)
def _verdict(text: str, form: str, whole: bool, at: bool, expands: bool, replayed: bool) -> Verdict:
    first = _compiled(neutral(text, at=at, expands=expands), form, whole)
    if first.compiles or "\\" not in text:
        return first
    for rounds in ((1, 2, 3) if replayed else (1,)):
        for stand_in in _STAND_INS:
            other = _compiled(neutral(text, at=at, expands=expands or replayed, macro=stand_in,
                                      rounds=rounds), form, whole)
            if other.compiles:
                return other
    return first


def verdict_of_file(text: str) -> Verdict:
    """The verdict on a whole Python file."""
    return _parsed(text, 0, 0)


def neutral(text: str, *, at: bool, expands: bool, macro: str = "macro_", rounds: int = 1) -> str:
    """Python code with @names made names, and macros replaced by a stand-in; lines stay lines."""
    if expands and "\\" in text:
        for _ in range(rounds):
            text = _ESCAPES.sub(lambda match: {"\\\\": "\\", "\\+": ""}.get(match[0], macro), text)
    if at and "@" in text:
        text = _AT.sub(r"_\1", text)
    return text


@lru_cache(maxsize=50_000)
def _compiled(text: str, form: str, whole: bool) -> Verdict:
    if form == "expression":
        return _compiled_expression(text)
    if form == "imports":
        return _parsed("\n".join(_import_of(spec.strip()) for spec in text.strip().split(",")) + "\n", 0, 0)
    indent = "" if form == "module" else "  "
    try:
        body, first_indent = reindented(text, indent, whole=whole)
    except IndentationError as error:
        return Verdict(False, error.msg, error.lineno or 1, 1)
    header = "" if form == "module" else "def code(self):\n"
    source = f"{header}{body}\n{indent}pass\n" if not body.strip() or form == "body" else f"{body}\n"
    return _parsed(source, header.count("\n"), first_indent - len(indent))


def _import_of(spec: str) -> str:
    package, dot, name = spec.rpartition(".")
    return f"from {package} import {name}" if dot else f"import {name}"


def _compiled_expression(text: str) -> Verdict:
    stripped = text.strip()
    lines_before = -text[:len(text) - len(text.lstrip())].count("\n")
    found = _parsed(stripped, lines_before, 0, "eval")
    if not found.compiles:
        found = _parsed(stripped + "\n", lines_before, 0)
        if found.compiles:
            return Verdict(False, "this is no expression", 1 - lines_before, 1)
    return found


def reindented(text: str, indent: str, *, whole: bool = False) -> tuple[str, int]:
    """Code indented as DaCHS indents it, and the width of the indent that it had.

    The first line that is not blank (not counting the very first one, unless `whole`) says what to remove from each
    line; DaCHS refuses a line that does not begin with the same characters. Raises IndentationError for such a line.
    """
    made: list[str] = []
    margin: str | None = None
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            made.append(indent)
            continue
        if number == 1 and not whole:
            made.append(indent + line.lstrip())
            continue
        if margin is None:
            margin = line[:len(line) - len(line.lstrip())]
        if not line.startswith(margin):
            raise IndentationError("the line is indented less than, or otherwise than, the first line",
                                   ("", number, 1, line))
        made.append(indent + line[len(margin):])
    return "\n".join(made), len(margin or "")


_OWN_LINES = re.compile(r" \(detected at line \d+\)| on line \d+")


def _parsed(source: str, lines_before: int, columns_before: int, mode: str = "exec") -> Verdict:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(source, "<rd>", mode, dont_inherit=True)
        except SyntaxError as error:
            line, column = error.lineno or 1, error.offset or 1
            return Verdict(False, _OWN_LINES.sub("", error.msg), max(line - lines_before, 1),
                           max(column + columns_before, 1))
        except (ValueError, RecursionError, MemoryError, OverflowError) as error:
            return Verdict(False, str(error) or type(error).__name__)
    return Verdict(True, lines_before=lines_before, columns_before=columns_before, source=source)


def place(rd: Document, snippet: Snippet, line: int, column: int = 1) -> Location:
    """Where line and column of a snippet stand in the file."""
    if snippet.attribute:
        return rd.attribute_location(snippet.element, snippet.attribute)
    lines = snippet.text.split("\n")
    line = min(line, len(lines))
    written = lines[line - 1]
    if "\\" in written or column > len(written) + 1:
        column = len(written) - len(written.lstrip()) + 1
    return rd.text_location(snippet.element, line, column)
