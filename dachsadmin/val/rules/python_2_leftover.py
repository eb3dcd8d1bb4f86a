"""DA301: code for Python 2."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Confidence, Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.python2 import bound_names, name_leftovers, suspicious
from dachsadmin.val.pythoncode import Code, all_code, bound_in, modules_in
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class Python2Leftover(Rule):
    """Code must be Python 3.

    DaCHS runs on Python 3 since version 2.1. A print statement or an `except X, e` keeps code from compiling; names
    like `unicode`, methods like `has_key` and modules like `urllib2` fail when the code runs. Python files that the
    RD names are looked at too.

    Bad:
        <procDef type="apply" id="clean"><code>
          if vars.has_key("mag"):
            print @mag
        </code></procDef>
    Good:
        <procDef type="apply" id="clean"><code>
          if "mag" in vars:
            print(@mag)
        </code></procDef>
    See: https://docs.python.org/3/howto/pyporting.html
    """

    code, name, severity, since, profile = "DA301", "python-2-leftover", Severity.ERROR, "0.1", "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        codes = all_code(rd, site)
        for code in codes:
            for old in code.old:
                yield self.finding(rd, code.at(old.line, old.column), f"{old.what} is Python 2",
                                   value=old.what, hint=f"write {old.instead}")
        suspects = [code for code in codes if code.verdict.compiles and suspicious(code.text)]
        if suspects:
            yield from self._names(rd, codes, suspects)

    def _names(self, rd: Document, codes: list[Code], suspects: list[Code]) -> Iterator[Finding]:
        bound, modules = bound_in(codes), modules_in(codes)
        for code in suspects:
            tree = code.verdict.tree
            in_rd = code.snippet is not None
            for use in name_leftovers(tree, bound if in_rd else bound_names(tree), modules if in_rd else frozenset()):
                sure = not use.written.startswith(".")
                yield self.finding(rd, code.place(use.node), f"{use.written} is Python 2", value=use.written,
                                   hint=f"write {use.instead}",
                                   confidence=Confidence.HIGH if sure else Confidence.MEDIUM)
