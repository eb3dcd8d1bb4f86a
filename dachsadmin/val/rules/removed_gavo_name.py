"""DA302: code that asks gavo for what it does not have."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Confidence, Finding, Severity
from dachsadmin.rd import names
from dachsadmin.rd.document import Document
from dachsadmin.rd.gavo_api import imported_modules, missing, suspicious
from dachsadmin.rd.language import since
from dachsadmin.rd.python2 import bound_names
from dachsadmin.val.pythoncode import Code, all_code, bound_in
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class RemovedGavoName(Rule):
    """What code takes from gavo must be there.

    Functions and modules of DaCHS come and go between versions. Code that imports one that is gone fails when it is
    compiled, code that uses one fails when it runs. What the versions have was asked of the real ones. Code in a
    `try` is left alone. Python files that the RD names are looked at too.

    Bad:
        <procDef type="apply" id="convert"><setup><code>
          from gavo.base.typesystems import sqltypeToADQL
        </code></setup></procDef>
    Good:
        <procDef type="apply" id="convert"><setup><code>
          from gavo.base.typesystems import sqltypeToVOTable
        </code></setup></procDef>
    See: https://docs.g-vo.org/DaCHS/ref.html#functions-available-for-row-makers
    """

    code, name, severity, since, profile = "DA302", "removed-gavo-name", Severity.ERROR, "0.1", "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        table, version = names.load(), site.language.version
        codes = all_code(rd, site)
        suspects = [code for code in codes if code.verdict.compiles and suspicious(code.text, table, version)]
        if not suspects:
            return
        bound = bound_in(codes)
        modules: dict[str, str] = {}
        for code in suspects:
            if code.snippet is not None and "gavo" in code.text:
                modules |= imported_modules(code.verdict.tree, table)
        dotted = tuple(f"{name}." for name in modules)
        for code in codes:
            if code.verdict.compiles and (code in suspects or any(name in code.text for name in dotted)):
                yield from self._in(rd, code, site, bound, modules)

    def _in(self, rd: Document, code: Code, site: Site, bound: frozenset[str],
            modules: dict[str, str]) -> Iterator[Finding]:
        table, version = names.load(), site.language.version
        tree = code.verdict.tree
        own = bound if code.snippet is not None else bound_names(tree) | set(table.other_globals(version))
        for found in missing(tree, own, table, version, modules if code.snippet is not None else {}):
            history = since(found.known_in, version)
            yield self.finding(
                rd, code.place(found.node),
                f"{found.name} is unknown to DaCHS {version}" + (f" ({history})" if history else ""),
                value=found.name, confidence=Confidence.HIGH if site.language.exact else Confidence.MEDIUM)
