"""reStructuredText as DaCHS reads it in metadata: what docutils has to say about a text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

_WARNING = 2
"""What docutils calls a warning; DaCHS shows nothing below it."""
_ROLES = ("bibcode", "dachsdoc", "dachsref", "samplerd", "taptable", "dl-id", "genparam")
"""What DaCHS adds to docutils (2.3 to 2.13, measured)."""
_BIBCODE = re.compile(r"[012]\d\d\d\w[^ ]{14}\Z")
_GENPARAM = re.compile(r"[^(]+\([^)]*\)\Z")
_DISABLED = re.compile(r'"[^"]*" directive disabled')


@dataclass(frozen=True)
class Problem:
    """What is wrong, and in which line of the text (from 1)."""

    line: int
    message: str


@lru_cache(2048)
def problems(text: str) -> tuple[Problem, ...]:
    """What docutils warns of in a text.

    Nothing is read from files, and no raw HTML is looked at.
    """
    from docutils.parsers.rst import Parser  # type: ignore[import]
    from docutils.readers.standalone import Reader  # type: ignore[import]
    from docutils.utils import new_document  # type: ignore[import]

    found: list[Problem] = []
    document = new_document("<text>", _settings())
    document.reporter.stream = None

    def observe(message: Any) -> None:
        words = " ".join(message.astext().split("\n")[0].split())
        words = re.sub(r"^<text>:(?:\d+:)? \(\w+/\d\) ", "", words)
        if message["level"] >= _WARNING and not _DISABLED.search(words):
            found.append(Problem(message.get("line") or 1, words.rstrip(".")))

    document.reporter.attach_observer(observe)
    parser = Parser()
    reader = Reader(parser=parser)
    parser.parse(text + "\n", document)
    document.transformer.populate_from_components((reader, parser))
    document.transformer.apply_transforms()
    return tuple(sorted(set(found), key=lambda problem: (problem.line, problem.message)))


@cache
def _settings() -> Any:
    """docutils' settings, as DaCHS has them, but without any reach into the file system; and DaCHS's own markup."""
    from docutils import frontend, nodes  # type: ignore[import]
    from docutils.parsers.rst import Directive, Parser, directives, roles
    from docutils.readers.standalone import Reader

    def role(name: str, _raw: str, text: str, line: int, inliner: Any, _options: Any = None, _content: Any = None,
             ) -> tuple[list[Any], list[Any]]:
        complaint = None
        if name == "bibcode" and not _BIBCODE.match(text):
            # DaCHS raises an exception there, and shows no page at all.
            complaint = f"{text!r} is no bibcode; DaCHS fails on it"
        if name == "genparam" and not _GENPARAM.match(text):
            complaint = f"{text!r} is not of the form key(value), as genparam wants it"
        messages = [inliner.reporter.error(complaint, line=line)] if complaint else []
        return [nodes.emphasis(text, text)], messages

    class TapQuery(Directive):  # type: ignore[misc]
        has_content = True

        def run(self) -> list[Any]:
            body = "\n".join(self.content)
            return [nodes.literal_block(body, body)]

    for name in _ROLES:
        roles.register_local_role(name, role)
    directives.register_directive("tapquery", TapQuery)
    settings = frontend.get_default_settings(Parser, Reader)
    settings.report_level = _WARNING
    settings.halt_level = 6
    settings.raw_enabled = False
    settings.file_insertion_enabled = False
    settings.doctitle_xform = False
    settings.docinfo_xform = False
    settings.syntax_highlight = "none"
    settings._disable_config = True
    settings.warning_stream = False
    return settings
