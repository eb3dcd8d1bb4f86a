"""DA233: reStructuredText that docutils complains about."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.metas import written
from dachsadmin.rd.texts import BadIndent, dedent
from dachsadmin.val import rest
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_MACRO = re.compile(r"\\[A-Za-z_]\w*(?:\{[^{}]*\})*")
_OF_THE_WHOLE = re.compile(r"target|underline|overline|footnote|substitution", re.IGNORECASE)


class BadRest(Rule):
    """Texts in the format rst must be proper reStructuredText.

    Notes and examples are reStructuredText by default, other metadata with format="rst". Where the markup is broken,
    the web page shows an error message in its place.

    Bad:
        <resource schema="res"><meta name="_longdoc" format="rst">See :foo:`bar`.</meta></resource>
    Good:
        <resource schema="res"><meta name="_longdoc" format="rst">See :bibcode:`2014A&amp;C.....7...27D`.</meta>
        </resource>
    See: https://docutils.sourceforge.io/docs/ref/rst/restructuredtext.html
    """

    code, name, severity, since = "DA233", "bad-rest", Severity.WARNING, "0.1"
    stage = "slow"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for meta in written(rd):
            if meta.format != "rst":
                continue
            try:
                text = dedent(meta.element.text) if not meta.line else meta.value
            except BadIndent:
                continue
            for problem in _problems(text):
                where = meta.location(rd) if meta.line else rd.text_location(meta.element, problem.line)
                yield self.finding(rd, where, f"{meta.key}: {problem.message}", subject=meta.key,
                                   value=problem.message)


def _problems(text: str) -> list[rest.Problem]:
    """What is wrong whatever the macros in the text become."""
    if "\\" not in text:
        return list(rest.problems(text.rstrip()))
    lines = text.split("\n")
    found = rest.problems(_MACRO.sub("x", text).rstrip())
    return [problem for problem in found if not _OF_THE_WHOLE.search(problem.message)
            and not _MACRO.search(lines[min(problem.line, len(lines)) - 1])]
