"""DA306: regular expressions that are none."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.val.pythoncode import Code, code_with
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_ATTRIBUTES = {
    "reGrammar": ("stopPat", "recordSep", "fieldSep", "commentPat", "recordCleaner"),
    "freeREGrammar": ("rowProduction", "parseRE"),
    "keyValueGrammar": ("commentPattern",),
}
_FUNCTIONS = frozenset({"compile", "match", "search", "fullmatch", "sub", "subn", "split", "findall", "finditer"})
_CALL = re.compile(r"(?<!\w)re\.(?:compile|match|search|fullmatch|subn?|split|findall|finditer)\(")


class BadRegularExpression(Rule):
    """Regular expressions must be valid.

    Those of grammars keep the RD from loading, those in code fail when it runs, those of PRUNE when the stream is
    played. In code, backslashes must be doubled (macros are filled in first); in attributes of grammars not.

    Bad:
        <data id="d"><reGrammar fieldSep="[ ,"/></data>
    Good:
        <data id="d"><reGrammar fieldSep="[ ,]"/></data>
    See: https://docs.python.org/3/library/re.html#regular-expression-syntax
    """

    code, name, severity, since, profile = "DA306", "bad-regular-expression", Severity.ERROR, "0.1", "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for tag, attributes in _ATTRIBUTES.items():
            for element in rd.elements(tag):
                for attribute in attributes:
                    pattern = element.get(attribute)
                    wrong = problem(pattern) if pattern and not element.replayed else ""
                    if wrong:
                        yield self.finding(rd, element, f"{attribute} is no regular expression: {wrong}",
                                           attribute=attribute, value=pattern or "")
        for element in rd.elements("PRUNE"):
            for attribute, pattern in element.attrib.items():
                wrong = problem(pattern) if "\\" not in pattern else ""
                if wrong:
                    yield self.finding(rd, element, f"{attribute} is no regular expression: {wrong}",
                                       attribute=attribute, value=pattern)
        for code in code_with(rd, site, "re."):
            if code.snippet is not None and code.verdict.compiles and _CALL.search(code.text):
                yield from self._in_code(rd, code)

    def _in_code(self, rd: Document, code: Code) -> Iterator[Finding]:
        for node in ast.walk(code.verdict.tree):
            if (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args
                    and isinstance(node.func.value, ast.Name) and node.func.value.id == "re"
                    and node.func.attr in _FUNCTIONS and isinstance(node.args[0], ast.Constant)):
                wrong = problem(node.args[0].value)
                if wrong and "macro_" not in str(node.args[0].value):
                    yield self.finding(rd, code.place(node.args[0]),
                                       f"{node.args[0].value!r} is no regular expression: {wrong}")


def problem(pattern: object) -> str:
    """What is wrong with a regular expression, `` if nothing is."""
    if not isinstance(pattern, (str, bytes)):
        return ""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            re.compile(pattern)
        except (re.error, RecursionError, OverflowError) as error:
            return str(getattr(error, "msg", "") or error)
    return ""
