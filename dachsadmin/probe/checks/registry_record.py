"""Check DP501: registry-record."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.client import oai, vosi
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.probe.centre import Centre, Service
from dachsadmin.probe.check import Check

_NEEDED = ("title", "identifier", "curation/publisher", "curation/contact/name", "content/subject", "content/description",
           "content/referenceURL")
_WITH_COVERAGE = ("CatalogService", "CatalogResource", "DataService", "DataCollection")
_ASKED_SINGLY = 5


class RegistryRecord(Check):
    """Each record of the registry can be had, is valid, and tells what, whose and where in the sky.

    Registries drop invalid records, and who searches by position finds only records with coverage: give the RD a
    coverage element with an updater, and run `dachs limits` after every import, which takes it away.

    See:
        Registry Interfaces 1.1 (https://www.ivoa.net/documents/RegistryInterface/)
        VODataService 1.2 (https://www.ivoa.net/documents/VODataService/)
    """

    code, name, severity, since = "DP501", "registry-record", Severity.ERROR, "0.1"
    asks = ("registry",)

    def check(self, centre: Centre, service: Service) -> Iterator[Finding]:
        for number, record in enumerate(centre.records()):
            yield from self._record(centre, service, record)
            if number < _ASKED_SINGLY and oai.record(centre.web, record.identifier).identifier != record.identifier:
                yield self.finding(service, f"GetRecord of {record.identifier} gives another record",
                                   subject=record.identifier)

    def _record(self, centre: Centre, service: Service, record: oai.Record) -> Iterator[Finding]:
        about, resource = record.identifier, record.resource
        if resource is None:
            yield self.finding(service, f"the record of {about} is empty", subject=about)
            return
        for fault in centre.schemata.faults(resource) if centre.schemata else ():
            yield self.finding(service, f"the record of {about} is not valid: {fault}", subject=about)
        for path in _NEEDED:
            if not vosi.text(resource, path):
                yield self.finding(service, f"the record of {about} has no {path}", subject=about, value=path)
        if vosi.kind(resource) in _WITH_COVERAGE and not any(len(one) for one in vosi.find(resource, "coverage")):
            yield self.finding(service, f"the record of {about} has no coverage", subject=about, severity=Severity.WARNING,
                               hint="give the RD <coverage><updater sourceTable=...>, and run 'dachs limits'")
