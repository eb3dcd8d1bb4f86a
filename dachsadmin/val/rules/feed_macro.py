"""DA113: macros of built-in streams that a FEED does not fill."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.language import suggest
from dachsadmin.rd.parameters import missing
from dachsadmin.rd.structure import structure
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class FeedMacro(Rule):
    """A FEED must fill all macros of the stream that have no default.

    DaCHS gives up on an RD when it meets a macro in a stream that the FEED has no attribute for.

    Bad:
        <table id="t"><FEED source="//procs#license-cc0"/></table>
    Good:
        <table id="t"><FEED source="//procs#license-cc0" what="These data"/></table>
    See: https://docs.g-vo.org/DaCHS/ref.html#active-tags
    """

    code, name, severity, since, profile = "DA113", "feed-macro", Severity.ERROR, "0.1", "min"
    only_with = ("FEED",)

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        language = site.language
        for feed in structure(rd, language).players:
            source = (feed.get("source") or "").strip()
            if feed.tag != "FEED" or not source.startswith("//") or "\\" in source:
                continue
            stream = language.resolve(source)
            if (stream is None or not stream.parameters or site.document(source.partition("#")[0]) is not None
                    or any(child.tag in language.active_tags or child.tag == "EDIT" for child in feed.children)):
                continue
            given = {*feed.attrib, *(child.tag for child in feed.children)}
            for name in missing(given, stream.parameters):
                near = suggest(name, given - stream.parameters.keys() - {"source"})
                yield self.finding(rd, feed, f"{source} needs the macro {name!r} from its FEED",
                                   value=f"{source}/{name}",
                                   hint=f"rename {near} to {name}" if near else f"add {name}=\"...\" to the FEED")
