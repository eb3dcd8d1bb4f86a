"""DA502: values that make a registry record invalid."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from dachsadmin.model.finding import Edit, Finding, Fix, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.metas import Meta, lookup
from dachsadmin.rd.publication import resources
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

# From the XML schemas SIA 1.2, SSA 1.2, SLAP 1.1, ConeSearch 1.1 and VODataService 1.2.
_ENUMERATED = {
    "sia.type": ("Cutout", "Mosaic", "Atlas", "Pointed"),
    "ssap.dataSource": ("survey", "pointed", "custom", "theory", "artificial"),
    "ssap.creationType": ("archival", "cutout", "filtered", "mosaic", "projection", "spectralExtraction",
                          "catalogExtraction"),
    "ssap.complianceLevel": ("query", "minimal", "full"),
    "slap.dataSource": ("observational/astrophysical", "observational/laboratory", "theoretical"),
    "slap.complianceLevel": ("minimal", "full"),
    "validationLevel": ("0", "1", "2", "3", "4"),
}
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\Z")
_INTERVAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)? [+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\Z")
_NUMBERS = ("testQuery.ra", "testQuery.dec", "testQuery.sr", "testQuery.pos.ra", "testQuery.pos.dec",
            "testQuery.size.ra", "testQuery.size.dec", "coverage.regionOfRegard", "maxSR")
_PATTERNS: dict[str, tuple[Callable[[str], object], str]] = {
    **{key: (_NUMBER.match, "a number") for key in _NUMBERS},
    "coverage.temporal": (_INTERVAL.match, "two numbers (MJD), a blank between them"),
    "coverage.spectral": (_INTERVAL.match, "two numbers (Joule), a blank between them"),
}
# Only these renderers put a key into the record; the others are in every record.
_OF_RENDERER = {"sia": ("siap.xml", "siap2.xml"), "ssap": ("ssap.xml",), "slap": ("slap.xml",),
                "testQuery": ("scs.xml", "siap.xml", "siap2.xml"), "maxSR": ("scs.xml",)}


class RegistryValueNotAllowed(Rule):
    """Some metadata of registry records may only have certain values.

    The XML schemas of the protocols list them: an image service is one of Cutout, Mosaic, Atlas and Pointed, and so
    on. With another value the record is invalid, DaCHS's validation fails, and registries may drop the service.

    Bad:
        <resource schema="res"><service id="s" allowed="siap.xml"><nullCore/><meta name="sia.type">pointed</meta>
          <publish render="siap.xml" sets="ivo_managed"/></service></resource>
    Good:
        <resource schema="res"><service id="s" allowed="siap.xml"><nullCore/><meta name="sia.type">Pointed</meta>
          <publish render="siap.xml" sets="ivo_managed"/></service></resource>
    See: SimpleDALRegExt 1.1
    """

    code, name, severity, since = "DA502", "registry-value-not-allowed", Severity.ERROR, "0.1"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        seen: set[tuple[int, int]] = set()
        for resource in resources(rd, site):
            if not resource.in_vo:
                continue
            renderers = {publication.render for publication in resource.publications}
            known = lookup(resource.chain, rd, site)
            for key in (*_ENUMERATED, *_PATTERNS):
                if key not in known.keys:
                    continue
                wanted = _OF_RENDERER.get(key.split(".")[0])
                if wanted is not None and not renderers & set(wanted):
                    continue
                for meta in known.find(key).items:
                    mark = (meta.element.offset, meta.line)
                    if meta.key == key and not meta.open and mark not in seen:
                        seen.add(mark)
                        yield from self._judge(rd, meta, resource.id)

    def _judge(self, rd: Document, meta: Meta, subject: str) -> Iterator[Finding]:
        allowed = _ENUMERATED.get(meta.key)
        if allowed is not None and meta.value not in allowed:
            near = next((value for value in allowed if value.lower() == meta.value.lower()), "")
            yield self.finding(rd, meta.location(rd), f"{meta.key} {meta.value!r} is none of {', '.join(allowed)}",
                               value=meta.value, subject=subject, hint=f"write {near}" if near else "",
                               fix=_fix(rd, meta, near))
        elif meta.key in _PATTERNS and not _PATTERNS[meta.key][0](meta.value):
            yield self.finding(rd, meta.location(rd), f"{meta.key} {meta.value!r} is not {_PATTERNS[meta.key][1]}",
                               value=meta.value, subject=subject)


def _fix(rd: Document, meta: Meta, near: str) -> Fix | None:
    value = meta.value.encode(rd.encoding, "replace")
    start, end = rd.tag_end(meta.element), meta.element.end_offset
    if not near or rd.raw.count(value, start, end) != 1:
        return None
    place = rd.raw.find(value, start, end)
    return Fix(f"write {meta.key} as {near}", (Edit(place, place + len(value), near),))
