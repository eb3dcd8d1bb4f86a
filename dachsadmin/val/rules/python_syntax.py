"""DA300: code that Python does not understand."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.code import Snippet, Verdict, place
from dachsadmin.rd.document import Document
from dachsadmin.rd.procedures import misplaced_at
from dachsadmin.val.pythoncode import all_code
from dachsadmin.val.rule import Rule
from dachsadmin.val.rules.template_hole import holes
from dachsadmin.val.site import Site


class PythonSyntax(Rule):
    """All code in an RD must compile.

    DaCHS compiles most code only when it is used: a service fails at its first visitor, an import at its first row,
    and `dachs val` looks at some of it only. Here all of it is compiled, wherever it stands and whether it is used or
    not. DaCHS removes the indentation of the second line of code from all lines; none may have less. Macros may stand
    for anything.

    Bad:
        <procDef type="apply" id="clean"><code>
          if @mag &gt; 90
            @mag = None
        </code></procDef>
    Good:
        <procDef type="apply" id="clean"><code>
          if @mag &gt; 90:
            @mag = None
        </code></procDef>
    See: https://docs.g-vo.org/DaCHS/ref.html#element-procdef
    """

    code, name, severity, since, profile = "DA300", "python-syntax", Severity.ERROR, "0.1", "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for code in all_code(rd, site):
            snippet, judged = code.snippet, code.verdict
            if not judged.compiles and snippet is not None:
                if not (misplaced_at(snippet, judged) or _to_be_filled_in(snippet)):
                    yield self._finding(rd, snippet, judged)

    def _finding(self, rd: Document, snippet: Snippet, judged: Verdict) -> Finding:
        where = place(rd, snippet, judged.line, judged.column)
        return self.finding(rd, where, f"Python does not understand this {told(snippet)}: {judged.message}",
                            subject=snippet.element.get("id") or snippet.element.get("key") or "")


def _to_be_filled_in(snippet: Snippet) -> bool:
    """Whether it is no code yet, but a place of a template, of which another rule tells."""
    return any(True for _ in holes(snippet.text, code=True))


def told(snippet: Snippet) -> str:
    """What to call a snippet in a sentence."""
    if snippet.attribute:
        return f"{snippet.attribute} attribute"
    words = {"procDef": "procDef's code", "setup code": "setup code", "par": "parameter", "bind": "binding"}
    return words.get(snippet.kind, f"code of <{snippet.kind}>" if snippet.form != "expression" else snippet.kind)
