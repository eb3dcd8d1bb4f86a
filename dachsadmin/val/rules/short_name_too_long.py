"""DA221: short names that registries refuse."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.metas import given
from dachsadmin.rd.publication import resources
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site

LONGEST = 16


class ShortNameTooLong(Rule):
    """A shortName has at most 16 characters.

    A registry record with a longer one is not valid, and DaCHS's validation fails. Clients put short names where
    there is little room.

    Bad:
        <resource schema="res"><service id="s">
          <meta name="shortName">Schmidt telescope plates</meta>
          <nullCore/><publish sets="ivo_managed"/></service></resource>
    Good:
        <resource schema="res"><service id="s">
          <meta name="shortName">Schmidt plates</meta>
          <nullCore/><publish sets="ivo_managed"/></service></resource>
    See: VOResource 1.1, section 3.1.1
    """

    code, name, severity, since = "DA221", "short-name-too-long", Severity.ERROR, "0.1"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for resource in resources(rd, site):
            if resource.published:
                for meta in given(resource.node, rd, site).items.get("shortName", ()):
                    if len(meta.value) > LONGEST and not meta.open:
                        yield self.finding(
                            rd, meta.location(rd), f"the shortName {meta.value!r} of {resource.shown} has "
                            f"{len(meta.value)} characters, {LONGEST} are allowed", value=meta.value,
                            subject=resource.id, severity=Severity.ERROR if resource.in_vo else Severity.WARNING)
