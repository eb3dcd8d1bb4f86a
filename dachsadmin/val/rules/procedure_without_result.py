"""DA307: procedures that forget to yield or return."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.code import Snippet
from dachsadmin.rd.document import Document
from dachsadmin.val.pythoncode import Code, all_code
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_YIELD = frozenset({"rowfilter", "iterator", "phraseMaker", "metaMaker"})
_RETURN = frozenset({"descriptorGenerator", "sourceFields", "pargetter", "makeQuery", "dataFormatter",
                     "formatter", "preparse"})


class ProcedureWithoutResult(Rule):
    """A procedure must give what it is for.

    A rowfilter, iterator, phraseMaker or metaMaker yields (rows, SQL, links), a descriptorGenerator, sourceFields,
    pargetter, dataFormatter or formatter returns something. Without it, Python hands over None, and DaCHS
    fails with `'NoneType' object is not iterable` and the like, far from the cause. `dachs val` does not notice.

    Bad:
        <data id="d"><csvGrammar><rowfilter><code>
          row["mag"] = float(row["mag"])
        </code></rowfilter></csvGrammar></data>
    Good:
        <data id="d"><csvGrammar><rowfilter><code>
          row["mag"] = float(row["mag"])
          yield row
        </code></rowfilter></csvGrammar></data>
    See: https://docs.g-vo.org/DaCHS/ref.html#element-rowfilter
    """

    code, name, severity, since, profile = "DA307", "procedure-without-result", Severity.ERROR, "0.1", "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for code in all_code(rd, site):
            if code.snippet is None or not code.verdict.compiles or not code.text.strip():
                continue
            kind = _kind(code.snippet)
            if kind in _YIELD and "yield" not in code.text and "return" not in code.text:
                if not _only_raises(code):
                    yield self.finding(rd, code.at(*_first_line(code.text)), f"this {kind} never yields")
            elif kind in _RETURN and "return" not in code.text and "yield" not in code.text and not _only_raises(code):
                yield self.finding(rd, code.at(*_first_line(code.text)), f"this {kind} never returns anything")


def _kind(snippet: Snippet) -> str:
    """What a snippet is for; that of a procDef says its type."""
    if snippet.replayed and "\\" in snippet.text:
        return ""
    if snippet.kind == "procDef":
        return snippet.element.get("type") or "" if snippet.attribute else _type_of(snippet)
    return snippet.kind


def _type_of(snippet: Snippet) -> str:
    parent = snippet.element.parent
    return (parent.get("type") or "") if parent is not None else ""


def _only_raises(code: Code) -> bool:
    """Whether the code ends in an exception; then it is meant to."""
    body = code.verdict.tree.body
    function = body[0] if body else None
    statements = function.body if isinstance(function, ast.FunctionDef) else body
    last = [statement for statement in statements if not isinstance(statement, ast.Pass)][-1:]
    return not last or isinstance(last[0], ast.Raise)


def _first_line(text: str) -> tuple[int, int]:
    before = text[:len(text) - len(text.lstrip())]
    return before.count("\n") + 1, len(before) - before.rfind("\n")
