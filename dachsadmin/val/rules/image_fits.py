"""DA612: the media type that FITS files had before DaCHS 2.10."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document, Element
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_OLD, _NEW = "image/fits", "application/fits"
_IN_TESTS = frozenset({"regTest", "code", "url"})


class ImageFits(Rule):
    """The media type of FITS files is application/fits.

    There is no image/fits. DaCHS uses application/fits since 2.10, and its upgrade changes what is in the database; an
    RD that says image/fits puts the old one back with the next import, and its tests fail.

    Bad:
        <data id="import"><fitsProdGrammar><rowfilter procDef="//products#define">
          <bind key="table">"res.images"</bind><bind key="mime">"image/fits"</bind></rowfilter></fitsProdGrammar></data>
    Good:
        <data id="import"><fitsProdGrammar><rowfilter procDef="//products#define">
          <bind key="table">"res.images"</bind><bind key="mime">"application/fits"</bind></rowfilter></fitsProdGrammar>
        </data>
    See: DaCHS 2.10 release notes
    """

    code, name, severity, since = "DA612", "image-fits", Severity.INFO, "0.1"
    profile = "strict"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        if _OLD.encode() not in rd.raw or site.language.numbers < (2, 10):
            return
        for element in rd.order:
            for name, value in element.attrib.items():
                if _OLD in value:
                    yield self._found(rd, element, name)
            if element.chunks and _OLD in element.text and element.tag != "doc" and _NEW not in element.text:
                yield self._found(rd, element, "")

    def _found(self, rd: Document, element: Element, attribute: str) -> Finding:
        where = "a test" if element.tag in _IN_TESTS and element.within("regTest", "regSuite") else f"<{element.tag}>"
        return self.finding(rd, element, f"{where} says image/fits; since DaCHS 2.10 that is application/fits",
                            attribute=attribute, value=_OLD, hint="write application/fits")
