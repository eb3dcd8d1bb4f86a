"""DA305: @names where DaCHS does not know them."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.code import Snippet, place, snippets
from dachsadmin.rd.document import Document, Element
from dachsadmin.rd.expansion import find_element
from dachsadmin.rd.macros import is_true
from dachsadmin.rd.procedures import AT_NAME, misplaced_at
from dachsadmin.rd.references import PROC_APPS
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class MisplacedAtName(Rule):
    """`@name` stands for a value of the row in rowmakers and rowfilters only.

    That is: in map and var, in the code of apply and rowfilter, and in those of their parameters that have
    `late="True"`; all other parameters are set once, before there is a row. Elsewhere Python fails on the @. In an
    iterator say `row["name"]`, in SQL scripts of a row there is nothing like it.

    Bad:
        <rowmaker id="r"><apply>
          <setup><par key="mag">@vmag</par></setup>
          <code>result["mag"] = mag</code>
        </apply></rowmaker>
    Good:
        <rowmaker id="r"><apply>
          <setup><par key="mag" late="True">@vmag</par></setup>
          <code>result["mag"] = mag</code>
        </apply></rowmaker>
    See: https://docs.g-vo.org/DaCHS/ref.html#element-apply
    """

    code, name, severity, since, profile = "DA305", "misplaced-at-name", Severity.ERROR, "0.1", "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for snippet in snippets(rd):
            if "@" not in snippet.text:
                continue
            if snippet.kind in ("par", "bind"):
                found = AT_NAME.search(snippet.text)
                if found is not None and self._is_early(rd, snippet, site):
                    yield self._finding(rd, snippet, found.start(), found[0], "in a parameter that is not late")
            elif (found := misplaced_at(snippet)) is not None:
                yield self._finding(rd, snippet, found.start(), found[0], f"in {_place(snippet)}")

    def _is_early(self, rd: Document, snippet: Snippet, site: Site) -> bool:
        """Whether a parameter is set before there is a row; only what is certain counts."""
        element = snippet.element
        if snippet.kind == "par":
            late = element.get("late") or ""
            in_setup = element.parent is not None and element.parent.tag == "setup"
            return in_setup and "\\" not in late and not is_true(late)
        par = _parameter_of(rd, element, site)
        return par is not None and "\\" not in (par.get("late") or "") and not is_true(par.get("late"))

    def _finding(self, rd: Document, snippet: Snippet, offset: int, name: str, where: str) -> Finding:
        before = snippet.text[:offset]
        line = before.count("\n") + 1
        return self.finding(rd, place(rd, snippet, line, offset - before.rfind("\n")),
                            f"{name} stands {where}, where it means nothing", value=name)


def _parameter_of(rd: Document, bind: Element, site: Site) -> Element | None:
    """The parameter that a bind sets, if its procedure is written in an RD that can be read."""
    app = bind.parent
    if app is None or app.tag not in PROC_APPS:
        return None
    reference = app.get("procDef")
    if not reference or "\\" in reference:
        return None
    proc = find_element(rd, reference, site, PROC_APPS | {"procDef"})
    name = bind.get("key") or bind.get("name")
    if proc is None:
        return None
    found = [par for setup in (*proc.element.children, *app.children) if setup.tag == "setup"
             for par in setup.children if par.tag == "par" and (par.get("key") or par.get("name")) == name]
    return found[-1] if found else None


def _place(snippet: Snippet) -> str:
    return "setup code" if snippet.kind == "setup code" else f"<{snippet.kind}>"
