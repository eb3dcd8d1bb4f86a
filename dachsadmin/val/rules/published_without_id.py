"""DA506: publications that nobody can refer to."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.publication import resources
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class PublishedWithoutId(Rule):
    """What is published needs an id.

    The id is part of the URL of a service and of the identifier in the registry. DaCHS refuses published data without
    one; it takes a service, but then no URL leads to it.

    Bad:
        <resource schema="res"><service><nullCore/><publish render="form" sets="local"/></service></resource>
    Good:
        <resource schema="res"><service id="web"><nullCore/><publish render="form" sets="local"/></service></resource>
    See: DaCHS reference documentation, element service
    """

    code, name, severity, since = "DA506", "published-without-id", Severity.ERROR, "0.1"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for resource in resources(rd, site):
            if resource.publications and resource.kind in ("service", "data") and not resource.id \
                    and resource.node.get("original") is None:
                yield self.finding(rd, resource.node.site, f"a {resource.kind} is published, but has no id",
                                   hint="give it an id")
