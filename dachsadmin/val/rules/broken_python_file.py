"""DA304: Python files of an RD that cannot serve."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.val.pythoncode import Code, all_code
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_WANTED = {"customCore": "Core", "service": "MainPage", "customGrammar": "RowIterator"}


class BrokenPythonFile(Rule):
    """Python files that an RD names must compile, and have what DaCHS wants of them.

    The module of a custom core must have a class `Core`, that of a custom page a `MainPage`, that of a custom grammar
    a `RowIterator`. A module of a core that does not compile keeps the whole RD from loading.

    Bad:
        <service id="s"><customCore module="res/broken"/></service>
    Good:
        <service id="s"><customCore module="res/core"/></service>
    See: https://docs.g-vo.org/DaCHS/ref.html#writing-custom-cores
    """

    code, name, severity, since, profile = "DA304", "broken-python-file", Severity.ERROR, "0.1", "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for code in all_code(rd, site):
            if code.named is None:
                continue
            if not code.verdict.compiles:
                yield self.finding(rd, code.at(code.verdict.line, code.verdict.column),
                                   f"Python does not understand this: {code.verdict.message}", subject=code.shown)
            else:
                yield from self._has(rd, code)

    def _has(self, rd: Document, code: Code) -> Iterator[Finding]:
        assert code.named is not None
        wanted = _WANTED.get(code.named.element.tag)
        if wanted and not _defines(code.verdict.tree, wanted):
            yield self.finding(rd, code.named.element, f"{code.shown} has no {wanted}, which DaCHS wants of "
                               f"{code.named.use}", attribute=code.named.attribute, value=wanted, subject=code.shown)


def _defines(tree: ast.Module, wanted: str) -> bool:
    """Whether a module may have a name at its top."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and node.name == wanted:
            return True
        if isinstance(node, ast.Name) and node.id == wanted and isinstance(node.ctx, ast.Store):
            return True
        if isinstance(node, (ast.Import, ast.ImportFrom)) and any(
                alias.name == "*" or (alias.asname or alias.name) == wanted for alias in node.names):
            return True
    return False
