"""DA320: names in code that nothing defines."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from dachsadmin.model.finding import Confidence, Finding, Severity
from dachsadmin.rd import names
from dachsadmin.rd.code import Snippet
from dachsadmin.rd.document import Document
from dachsadmin.rd.expansion import PLAYERS
from dachsadmin.rd.language import suggest
from dachsadmin.rd.python2 import NAMES
from dachsadmin.rd.references import PROC_APPS
from dachsadmin.val.pythoncode import Code, all_code, bound_in
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_EVERYWHERE = frozenset({"parent", "rd", "self"})
_ROWMAKER = frozenset({"vars", "result", "_self", "targetTable", "tableDef_", "rd_", "curDD_"})
_OF_KIND = {
    "map": _ROWMAKER, "var": _ROWMAKER, "nullExpr": _ROWMAKER, "nullExcs": _ROWMAKER,
    "script": frozenset({"table", "kwargs", "sourceToken", "feeder", "data"}),
    "formatter": frozenset({"data", "queryMeta", "source", "T", "tag"}),
    "codeItems": frozenset({"context", "definitionContext"}),
    "fixup": frozenset({"row", "___"}), "preparse": frozenset({"input"}),
}
_NOT_JUDGED = frozenset({"customRF", "customDF", "widgetFactory", "imports", "code"})
_BUILTINS = frozenset(dir(builtins))


class UndefinedName(Rule):
    """Names in code must be defined somewhere.

    What is neither built into Python, nor handed over by DaCHS (its functions for row makers; `vars`, `row`, `rd` and
    the like, depending on the procedure), nor defined by any code of the RD makes the code fail when it runs. Often an
    import in the setup is missing, or the quotes around a string.

    Bad:
        <rowmaker id="r"><map key="mag">flaot(@vmag)</map></rowmaker>
    Good:
        <rowmaker id="r"><map key="mag">float(@vmag)</map></rowmaker>
    See: https://docs.g-vo.org/DaCHS/ref.html#functions-available-for-row-makers
    """

    code, name, severity, since, profile = "DA320", "undefined-name", Severity.ERROR, "0.1", "min"
    confidence = Confidence.MEDIUM
    stage = "slow"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        table, version = names.load(), site.language.version
        codes = [code for code in all_code(rd, site) if code.snippet is not None and code.verdict.compiles]
        if any("import *" in code.text for code in codes):
            return
        known = (_BUILTINS | _EVERYWHERE | table.code_globals(version) | set(table.other_globals(version)) | set(NAMES)
                 | bound_in(codes) | _parameters(rd))
        if site.language.numbers >= (2, 11):
            known |= {"procDef"}
        for code in codes:
            assert code.snippet is not None
            if code.snippet.kind not in _NOT_JUDGED and not code.old and not _hidden(code.snippet):
                yield from self._in(rd, code, known | _own(code.snippet, table))

    def _in(self, rd: Document, code: Code, known: frozenset[str] | set[str]) -> Iterator[Finding]:
        told: set[str] = set()
        nodes = list(ast.walk(code.verdict.tree))
        asked_for = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
        for node in nodes:
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in known:
                if node.id in told | asked_for or "macro_" in node.id or _is_row_value(code, node):
                    continue
                told.add(node.id)
                near = suggest(node.id, known)
                yield self.finding(rd, code.place(node), f"nothing defines {node.id!r}", value=node.id,
                                   hint=f"write {near!r}" if near else "")


def _own(snippet: Snippet, table: names.Names) -> frozenset[str]:
    """The names that a snippet has from the kind of procedure it belongs to."""
    if snippet.kind in _OF_KIND:
        return _OF_KIND[snippet.kind]
    found: set[str] = set()
    for element in (snippet.element, *snippet.element.ancestors()):
        if element.tag in PROC_APPS or element.tag == "procDef":
            kind = element.get("type") or "" if element.tag == "procDef" else element.tag
            if not kind:
                for other in PROC_APPS:
                    found |= table.of_procedure(other)
            return frozenset(found | table.of_procedure(kind))
    for other in PROC_APPS:
        found |= table.of_procedure(other)
    return frozenset(found)


def _hidden(snippet: Snippet) -> bool:
    """Whether code that cannot be seen here may define names for a snippet."""
    if snippet.replayed and "\\" in snippet.text:
        return True
    for element in (snippet.element, *snippet.element.ancestors()):
        if element.get("original") is not None or any(
                child.tag in PLAYERS for child in element.children):
            return element.tag != "resource"
        if element.tag in PROC_APPS or element.tag == "procDef":
            reference = element.get("procDef") or ""
            return "#" in reference or "\\" in reference or any(
                child.get("original") or any(part.tag in PLAYERS for part in child.children)
                for child in element.children if child.tag == "setup")
    return False


def _parameters(rd: Document) -> set[str]:
    """The names that parameters of procedures get, and those of rowmaker procedures."""
    return {element.get("key") or element.get("name") or "" for element in rd.elements("par", "bind")} | {
        element.get("name") or "" for element in rd.elements(*PROC_APPS)}


def _is_row_value(code: Code, node: ast.Name) -> bool:
    """Whether a name was written with an @."""
    assert code.snippet is not None
    return code.snippet.at and node.id.startswith("_") and f"@{node.id[1:]}" in code.snippet.text
