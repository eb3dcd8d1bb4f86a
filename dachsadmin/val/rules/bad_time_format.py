"""DA322: formats of times that Python does not know."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.val.pythoncode import Code, code_with
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_FUNCTIONS = frozenset({"strptime", "parseDate", "parseTimestamp"})
_CALL = re.compile(r"\b(?:strptime|parseDate|parseTimestamp)\(")
_DIRECTIVE = re.compile(r"%(.?)", re.DOTALL)
_KNOWN = frozenset("aAbBcdfGHIjmMpSuUVwWxXyYzZ%")


class BadTimeFormat(Rule):
    """A format to read times with has only directives that Python knows.

    parseDate, parseTimestamp and strptime fail at the first value otherwise; some directives that
    `date` and strftime know (`%T`, `%F`, `%s`) cannot be read with.

    Bad:
        <rowmaker id="r"><map key="obs">parseTimestamp(@date, "%Y-%m-%d %T")</map></rowmaker>
    Good:
        <rowmaker id="r"><map key="obs">parseTimestamp(@date, "%Y-%m-%d %H:%M:%S")</map></rowmaker>
    See: https://docs.python.org/3/library/datetime.html#format-codes
    """

    code, name, severity, since, profile = "DA322", "bad-time-format", Severity.ERROR, "0.1", "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for code in code_with(rd, site, *_FUNCTIONS):
            if code.snippet is not None and code.verdict.compiles and _CALL.search(code.text):
                yield from self._in(rd, code)

    def _in(self, rd: Document, code: Code) -> Iterator[Finding]:
        for node in ast.walk(code.verdict.tree):
            if not isinstance(node, ast.Call):
                continue
            function = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            given = node.args[1:2] + [word.value for word in node.keywords if word.arg == "format"]
            if function in _FUNCTIONS and given and isinstance(given[0], ast.Constant):
                written = given[0].value
                wrong = [sign for sign in _DIRECTIVE.findall(written) if sign not in _KNOWN or not sign] if isinstance(
                    written, str) else []
                if wrong:
                    yield self.finding(rd, code.place(given[0]), f"%{wrong[0]} in {written!r} cannot be read with",
                                       value=written)
