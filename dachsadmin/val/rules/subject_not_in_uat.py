"""DA224: subjects that are no terms of the Unified Astronomy Thesaurus."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Edit, Finding, Fix, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.metas import Meta, lookup
from dachsadmin.rd.publication import resources
from dachsadmin.val import vocabulary
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

# DaCHS lets these pass, too (2.7 to 2.13).
NON_UAT = frozenset({"stars", "DOI"})


class SubjectNotInUat(Rule):
    """Subjects of what the VO registry gets should be terms of the UAT.

    Registry clients search by the identifiers of the Unified Astronomy Thesaurus (`white-dwarf-stars`); free words
    are found by nobody. VOResource 1.1 asks for the UAT.

    Bad:
        <resource schema="res"><meta name="subject">White Dwarfs</meta>
          <service id="s"><nullCore/><publish sets="ivo_managed"/></service></resource>
    Good:
        <resource schema="res"><meta name="subject">white-dwarf-stars</meta>
          <service id="s"><nullCore/><publish sets="ivo_managed"/></service></resource>
    See: http://www.ivoa.net/rdf/uat
    """

    code, name, severity, since = "DA224", "subject-not-in-uat", Severity.WARNING, "0.1"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        published = [resource for resource in resources(rd, site) if resource.in_vo]
        if not published:
            return
        seen: set[int] = set()
        for resource in published:
            for meta in lookup(resource.chain, rd, site).find("subject").items:
                mark = hash((meta.element.offset, meta.line, meta.value))
                if mark in seen or meta.open or meta.value in NON_UAT \
                        or vocabulary.knows(vocabulary.UAT, meta.value, site):
                    continue
                seen.add(mark)
                term, certain = vocabulary.nearest(vocabulary.UAT, meta.value)
                yield self.finding(rd, meta.location(rd), f"the subject {meta.value!r} is no term of the UAT",
                                   value=meta.value, subject=resource.id,
                                   hint=f"use {term}" if certain else f"choose a term, perhaps {term}" if term else
                                   "choose a term at http://www.ivoa.net/rdf/uat",
                                   fix=_fix(rd, meta, term, certain))


def _fix(rd: Document, meta: Meta, term: str, certain: bool) -> Fix | None:
    if not term or (meta.site is not None and meta.site is not meta.element):
        return None
    value = meta.value.encode(rd.encoding, "replace")
    start, end = rd.tag_end(meta.element), meta.element.end_offset
    if rd.raw.count(value, start, end) != 1:
        return None
    place = rd.raw.find(value, start, end)
    return Fix(f"write the subject {meta.value!r} as {term!r}", (Edit(place, place + len(value), term),), safe=certain)
