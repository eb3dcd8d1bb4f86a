"""DA321: code and macros that ask for ids which do not exist."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Location, Severity
from dachsadmin.rd import references
from dachsadmin.rd.code import Snippet, place, snippets
from dachsadmin.rd.document import Document
from dachsadmin.rd.expansion import Node
from dachsadmin.rd.language import suggest
from dachsadmin.rd.references import Outcome, Reference, ids
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_BY_ID = re.compile(r"""(?<![\w.])rd\.getById\(\s*["']([^"'\\]+)["']""")
_CROSS = re.compile(r"""(?<!\w)resolveCrossId\(\s*["']([^"'\\%#]+#[^"'\\.]+)["']""")
_MACRO = re.compile(r"\\(?:dlMetaURI|fullDLURL)\{([^{}\\]+)\}")
_WORDS = ("getById", "resolveCrossId", "dlMetaURI", "fullDLURL")
_LOST = frozenset({Outcome.MISSING, Outcome.MISSING_THERE, Outcome.NO_RD, Outcome.BROKEN_RD})


class UnknownIdInCode(Rule):
    r"""What code asks for by its id must exist.

    `rd.getById("dl")`, `base.resolveCrossId("other/q#dl")` and the macros `\dlMetaURI{dl}` and `\fullDLURL{dl}` are
    looked up when the code runs (or, for the macros, when it is compiled); `dachs val` does not look.

    Bad:
        <execute title="tidy" every="3600"><job><code>
          print(rd.getById("stars"))
        </code></job></execute>
    Good:
        <table id="stars"><column name="ra"/></table>
        <execute title="tidy" every="3600"><job><code>
          print(rd.getById("stars"))
        </code></job></execute>
    See: https://docs.g-vo.org/DaCHS/ref.html#referring-to-other-elements
    """

    code, name, severity, since, profile = "DA321", "unknown-id-in-code", Severity.ERROR, "0.1", "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for snippet in snippets(rd):
            if not any(word in snippet.text for word in _WORDS) or snippet.replayed or _elsewhere(snippet):
                continue
            for pattern in (_BY_ID, _CROSS, _MACRO):
                for match in pattern.finditer(snippet.text):
                    target = match[1].strip()
                    node = Node(snippet.element, rd)
                    found = references.look_up(Reference(node, "", target, frozenset(), late=True), rd, site)
                    if found.outcome in _LOST:
                        near = "" if "#" in target else suggest(target, ids(rd, site).nodes)
                        yield self.finding(
                            rd, _where(rd, snippet, match.start(1)),
                            f"{target!r} is not there" if "#" in target else f"{target!r} is no id in this RD",
                            value=target, hint=f"write {near!r}" if near else "")


def _elsewhere(snippet: Snippet) -> bool:
    """Whether code is for other RDs, too: that of a procDef runs where it is applied."""
    return any(element.tag == "procDef" for element in (snippet.element, *snippet.element.ancestors()))


def _where(rd: Document, snippet: Snippet, offset: int) -> Location:
    before = snippet.text[:offset]
    return place(rd, snippet, before.count("\n") + 1, offset - before.rfind("\n"))
