"""DA140: meta keys that look misspelt."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from functools import cache

from dachsadmin.model.finding import Confidence, Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.metas import written
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

_KNOWN = frozenset("""
title shortName description subject creationDate creator creator.name creator.logo creator.altIdentifier contributor
contributor.name contact contact.name contact.email contact.address contact.telephone publisher publisherID facility
instrument source type contentLevel content content.type content.contentLevel referenceURL rights rights.rightsURI
rightsURI coverage coverage.waveband coverage.profile coverage.regionOfRegard coverage.spatial coverage.temporal
coverage.spectral coverage.footprint waveband regionOfRegard profile identifier altIdentifier doi version utype note
copyright status logo date dateUpdated datetimeUpdated resType accessURL urlUse resultType requestMethod
mirrorURL superseded superseded-url productType productTypeServed schema-rank table-rank howtocite _intro _longdoc
_bottominfo _related _example _news _legal _type _infolink _copyright _queryStatus _warning _dataUpdated
_metadataUpdated _associatedDatalinkService _associatedDatalinkService.serviceId _associatedDatalinkService.idColumn
_associatedDatalinkSvc serviceId idColumn _noresultwarning _sidebarlocal _plotOptions _votableRootAttributes
info votlink authority organization site harvest.description managedAuthority maxRecords managingOrg full
testQuery testQuery.ra testQuery.dec testQuery.sr testQuery.size testQuery.size.ra testQuery.size.dec testQuery.pos
testQuery.pos.ra testQuery.pos.dec testQuery.pos.refframe testQuery.catalog testQuery.extras testQuery.verb
testQuery.queryDataCmd testQuery.size testQuery.userDefined
sia.type sia.maxQueryRegionSize.long sia.maxQueryRegionSize.lat sia.maxImageExtent.long sia.maxImageExtent.lat
sia.maxImageSize.long sia.maxImageSize.lat sia.maxFileSize sia.maxRecords
ssap.testQuery ssap.dataSource ssap.creationType ssap.complianceLevel ssap.supportedFrame ssap.maxSearchRadius
ssap.maxRecords ssap.defaultMaxRecords ssap.maxAperture ssap.maxFileSize slap.testQuery slap.dataSource
slap.complianceLevel slap.maxRecords scs.maxSR scs.maxRecords scs.verbosity
cites continues derivedFrom hasPart isContinuedBy isDerivedFrom isIdenticalTo isNewVersionOf isPartOf
isPreviousVersionOf isServedBy isServiceFor isSourceOf isSupplementTo isSupplementedBy mirrorOf relatedTo servedBy
serviceFor uses
""".split())
"""Keys that DaCHS or a registry record (VOResource 1.1, VODataService 1.2) gives a meaning."""

_LIKE = 0.84


class UnknownMetaKey(Rule):
    """A meta key that is nearly, but not quite, a known one is probably a slip.

    Meta keys are free, so DaCHS takes any; an item under a misspelt key goes nowhere. Keys that are like no known one
    are taken for the operator's own.

    Bad:
        <meta name="creationdate">2024-03-01T12:00:00Z</meta>
    Good:
        <meta name="creationDate">2024-03-01T12:00:00Z</meta>
    See: https://docs.g-vo.org/DaCHS/ref.html#metadata
    """

    code, name, severity, since = "DA140", "unknown-meta-key", Severity.WARNING, "0.1"
    confidence = Confidence.MEDIUM

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for meta in written(rd):
            key = meta.key
            if key and key not in _KNOWN and key not in site.language.meta_keys and "\\" not in key:
                near = meant(key)
                if near:
                    yield self.finding(rd, meta.location(rd), f"the meta key {key!r} means nothing to DaCHS",
                                       value=key, hint=f"write {near!r}")


@cache
def meant(key: str) -> str:
    """The known key that somebody probably meant, `` if there is none like it."""
    for known in _KNOWN:
        if known.lower() == key.lower() or (known.rstrip("s") == key.rstrip("s") and len(key) > 3):
            return known
    if len(key) < 5:
        return ""
    near = difflib.get_close_matches(key, _KNOWN, 1, _LIKE)
    return near[0] if near and near[0].count(".") == key.count(".") else ""
