"""DA610: ways to reach a service that DaCHS has given up."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document, Element
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

# SOAP is still registered up to 2.13, but its library is gone: the RD does not load. What else is only allowed makes
# DaCHS grumble; what is published keeps the RD from loading. (2.7 and 2.13, measured)
_REMOVED = {"soap": "", "docform": "form", "img.jpeg": "", "mimg.jpeg": ""}


class RemovedRenderer(Rule):
    """The renderers soap, docform, img.jpeg and mimg.jpeg are gone since DaCHS 2.1.

    An RD that allows soap, or publishes one of them, does not load. Publish it again after the change.

    Bad:
        <resource schema="res"><service id="s" allowed="form,soap"><nullCore/></service></resource>
    Good:
        <resource schema="res"><service id="s" allowed="form,api"><nullCore/></service></resource>
    See: DaCHS 2.1 release notes
    """

    code, name, severity, since = "DA610", "removed-renderer", Severity.ERROR, "0.1"
    profile = "min"
    only_with = ("service", "publish")

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for service in rd.elements("service"):
            allowed = {name.strip() for name in (service.get("allowed") or "").split(",")}
            for name in sorted(allowed & _REMOVED.keys()):
                severity = Severity.ERROR if name == "soap" else Severity.WARNING
                yield self._removed(rd, service, "allowed", name, service.get("id") or "", severity)
        for publication in rd.elements("publish"):
            render = (publication.get("render") or "").strip()
            if render in _REMOVED:
                yield self._removed(rd, publication, "render", render, "", Severity.ERROR)

    def _removed(self, rd: Document, element: Element, attribute: str, name: str, subject: str,
                 severity: Severity) -> Finding:
        instead = _REMOVED[name]
        return self.finding(rd, element, f"the renderer {name!r} is gone since DaCHS 2.1", attribute=attribute,
                            value=name, subject=subject, severity=severity,
                            hint=f"use {instead}" if instead else "remove it")
