"""DA119: items of gavo.rc that DaCHS does not have."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.language import Language, load, suggest
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site
from dachsadmin.val.skew import history, release

_CALL = re.compile(rb"(?<!\\)\\getConfig\{([\w-]+)\}(?:\{([\w-]+)\})?|(<!--.*?-->)", re.DOTALL)


class UnknownConfigItem(Rule):
    """The macro getConfig must name an item that gavo.rc can have.

    DaCHS fails where it expands the macro: at once, or when somebody asks for the page with the text.

    Bad:
        <meta name="title">Stars at \\getConfig{web}{sitenam}</meta>
    Good:
        <meta name="title">Stars at \\getConfig{web}{sitename}</meta>
    See: https://docs.g-vo.org/DaCHS/ref.html#macros-available-everywhere
    """

    code, name, severity, since = "DA119", "unknown-config-item", Severity.WARNING, "0.1"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        if b"\\getConfig" not in rd.raw:
            return
        language = site.language
        for call in _CALL.finditer(rd.raw):
            if call[3] is not None:  # a comment
                continue
            section, item = ("general", call[1]) if call[2] is None else (call[1].decode(), call[2])
            name = item.decode()
            if _has(language, section, name) is False:
                known = tuple(version for version in language.versions() if _has(load(version), section, name))
                near = suggest(name, language.config.get(section.lower(), ()))
                yield self.finding(
                    rd, rd.location_at(call.start()),
                    f"[{section}] {name} is no item of gavo.rc in {release(language)}{history(language, known)}",
                    value=f"{section}/{name}", hint=f"write {near}" if near else "")


def _has(language: Language, section: str, item: str) -> bool | None:
    """Whether gavo.rc can have an item; None for sections with items of any name."""
    items = language.config.get(section.lower())
    return None if items is not None and not items else items is not None and item.lower() in items
