"""DA117: macros that a FEED sets and the stream does not have."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.language import suggest
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class UnusedMacro(Rule):
    """A FEED should set only macros that the stream has.

    DaCHS takes any attribute on a FEED for a macro. If the stream has no such macro, nothing comes of it: after a
    typing error, the default is used without a word.

    Bad:
        <table id="stars"><FEED source="//scs#splitPosIndex" longi="ra" lat="dec"/></table>
    Good:
        <table id="stars"><FEED source="//scs#splitPosIndex" long="ra" lat="dec"/></table>
    See: https://docs.g-vo.org/DaCHS/ref.html#active-tags
    """

    code, name, severity, since = "DA117", "unused-macro", Severity.WARNING, "0.1"
    only_with = ("FEED", "LFEED")

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        language = site.language
        for feed in rd.elements("FEED", "LFEED"):
            source = (feed.get("source") or "").strip()
            stream = language.resolve(source) if source.startswith("//") else None
            if (stream is None or not stream.kind.endswith("STREAM")
                    or site.document(source.partition("#")[0]) is not None):
                continue
            own = language.of(language.active_tags[feed.tag]).members
            macros = stream.parameters.keys() | stream.mentions
            for name in [*feed.attrib, *(child.tag for child in feed.children)]:
                if name not in macros and name not in own and name not in language.active_tags:
                    near = suggest(name, macros - feed.attrib.keys())
                    yield self.finding(rd, feed, f"{source} has no macro {name!r}", attribute=name,
                                       value=f"{source}/{name}", hint=f"write {near}" if near else "remove it")
