"""DA225: words where an IVOA vocabulary has the terms."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Location, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.metas import Meta, lookup, written
from dachsadmin.rd.publication import resources
from dachsadmin.val import vocabulary
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_METAS = {"coverage.waveband": "messenger", "productTypeServed": "product-type", "_news.role": "voresource/date_role",
          "date.role": "voresource/date_role", "contentLevel": "voresource/content_level",
          "type": "voresource/content_type", "dataSource": "data-source"}
_PARAMETERS = {"refposition": "refposition", "timescale": "timescale", "refframe": "refframe"}
_ANNOTATIONS = {"orientation": "refframe", "refPosition": "refposition", "timescale": "timescale"}
_ANNOTATION = re.compile(r"\b(orientation|refPosition|timescale)\s*:\s*\"?([A-Za-z][\w-]*)\"?(?=[\s}])")
_CHECKED_BY_DACHS = {"productTypeServed": (2, 11), "contentLevel": (2, 11), "dataSource": (2, 13)}


class TermNotInVocabulary(Rule):
    """Wavebands, product types, frames, time scales and roles have terms in the IVOA's vocabularies.

    Clients and registries compare them letter by letter: `optical` is not `Optical`. Since 2.11, DaCHS refuses to
    publish a service with a productTypeServed or contentLevel that it does not find in the vocabulary.

    Bad:
        <resource schema="res"><meta name="coverage.waveband">optical</meta></resource>
    Good:
        <resource schema="res"><meta name="coverage.waveband">Optical</meta></resource>
    See: https://www.ivoa.net/rdf/
    """

    code, name, severity, since = "DA225", "term-not-in-vocabulary", Severity.WARNING, "0.1"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        refused = self._refused_by_dachs(rd, site)
        for meta in written(rd):
            name = _METAS.get(meta.key)
            if name is None or meta.open or not meta.value:
                continue
            if not vocabulary.knows(name, meta.value, site):
                severity = Severity.ERROR if (meta.element.offset, meta.key) in refused else Severity.WARNING
                yield self._unknown(rd, meta.location(rd), meta.key, meta.value, name, site, severity)
        for element in rd.elements("mixin"):
            for parameter, name in _PARAMETERS.items():
                value = (element.get(parameter) or "").strip().strip("'\"")
                if value and "\\" not in value and value != "NULL" and not vocabulary.knows(name, value, site):
                    yield self._unknown(rd, rd.attribute_location(element, parameter), parameter, value, name, site)
        for element in rd.elements("dm"):
            for match in _ANNOTATION.finditer(element.text):
                name = _ANNOTATIONS[match[1]]
                if not vocabulary.knows(name, match[2], site):
                    place = rd.raw.find(match[0].encode(rd.encoding, "replace"), element.offset, element.end_offset)
                    yield self._unknown(rd, rd.location_at(max(place, element.offset)), match[1], match[2], name, site)

    def _refused_by_dachs(self, rd: Document, site: Site) -> set[tuple[int, str]]:
        """The metas that make DaCHS refuse a publication: only that of services, and only newer DaCHS."""
        keys = [key for key, since in _CHECKED_BY_DACHS.items() if site.language.numbers >= since]
        if not any(meta.key in keys for meta in written(rd)):
            return set()
        found: list[Meta] = []
        for resource in resources(rd, site):
            if resource.published and resource.kind == "service":
                for key in keys:
                    found += lookup(resource.chain, rd, site).find(key).items
        return {(meta.element.offset, meta.key) for meta in found}

    def _unknown(self, rd: Document, where: Location, what: str, value: str, name: str, site: Site,
                 severity: Severity = Severity.WARNING) -> Finding:
        term, _certain = vocabulary.nearest(name, value)
        several = [part.strip() for part in value.split(",")]
        hint = f"write {term}" if term else ""
        if len(several) > 1 and all(vocabulary.knows(name, part, site) for part in several):
            hint = "give each term a meta of its own"
        return self.finding(rd, where, f"{what} {value!r} is no term of http://www.ivoa.net/rdf/{name}",
                            value=value, severity=severity, hint=hint)
