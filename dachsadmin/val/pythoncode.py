"""The Python that belongs to an RD, in it and in the files it names, as syntax trees with places."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from dachsadmin.model.finding import Location
from dachsadmin.rd.code import Snippet, Verdict, place, snippets
from dachsadmin.rd.document import Document
from dachsadmin.rd.named_files import NamedFile, absolute, named_files
from dachsadmin.rd.python2 import Leftover, bound_names, imported_names, leftovers_in_file, syntax_leftovers
from dachsadmin.rd.surroundings import remembered
from dachsadmin.val.site import Site

_LONGEST = 1_000_000


class Code(NamedTuple):
    """Some Python: a snippet, or a whole file.

    `text` is what is written, `old` what kept it from compiling that Python 2 allowed.
    """

    rd: Document
    text: str
    verdict: Verdict
    old: list[Leftover]
    snippet: Snippet | None = None
    named: NamedFile | None = None
    shown: str = ""

    def at(self, line: int, column: int) -> Location:
        """Where a line and column of this code stand."""
        if self.snippet is None:
            return Location(self.shown, line, column)
        return place(self.rd, self.snippet, line, column)

    def place(self, node: ast.AST) -> Location:
        """Where a node of the tree stands."""
        return self.at(*self.verdict.position(node))


@remembered
def all_code(rd: Document, site: Site) -> list[Code]:
    """All Python of an RD."""
    return [*_in_rd(rd), *_in_files(rd, site)]


def code_with(rd: Document, site: Site, *words: str) -> list[Code]:
    """The Python of an RD in which one of some words stands."""
    text = _all_text(rd, site)
    present = [word for word in words if word in text]
    return [code for code in all_code(rd, site) if any(word in code.text for word in present)] if present else []


@remembered
def _all_text(rd: Document, site: Site) -> str:
    return "\n".join(code.text for code in all_code(rd, site))


def _in_rd(rd: Document) -> Iterator[Code]:
    for snippet in snippets(rd):
        old, judged = syntax_leftovers(snippet)
        yield Code(rd, snippet.text, judged, old, snippet)


def _in_files(rd: Document, site: Site) -> Iterator[Code]:
    wanted = [named for named in named_files(rd) if named.kind == "python"]
    resdir = site.resdir(rd) if wanted else ""
    for named in wanted:
        path = absolute(named.path, resdir)
        content = site.read(path, _LONGEST) if site.kind(path) == "file" else None
        if content is not None and len(content) <= _LONGEST:
            old, judged = _file_verdict(content)
            yield Code(rd, judged.source, judged, old, named=named, shown=site.shown(path))


@lru_cache(maxsize=1000)
def _file_verdict(content: bytes) -> tuple[list[Leftover], Verdict]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("iso-8859-1")
    return leftovers_in_file(text)


def bound_in(codes: list[Code]) -> frozenset[str]:
    """The names that any of the snippets of an RD gives a meaning: what one sets up, another may use."""
    return frozenset(name for code in codes if code.snippet is not None and code.verdict.compiles
                     for name in bound_names(code.verdict.tree))


def modules_in(codes: list[Code]) -> frozenset[str]:
    """The names under which any of the snippets of an RD imports modules."""
    return frozenset(name for code in codes if code.snippet is not None and code.verdict.compiles
                     for name in imported_names(code.verdict.tree))
