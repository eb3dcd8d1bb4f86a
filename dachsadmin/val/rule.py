"""The base of the static rules on resource descriptors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from dachsadmin.check import rule
from dachsadmin.model.finding import Confidence, Finding, Fix, Location, Severity
from dachsadmin.rd.document import Document, Element
from dachsadmin.val.site import Site


class Rule(rule.Rule):
    """A static rule: it sees one parsed RD and the site around it, and does no I/O of its own.

    `only_with` are names of elements and XML attributes: an RD in which none of them is written is nothing to the
    rule, which is not asked then. Without any, the rule has a look at every RD.
    """

    only_with: ClassVar[tuple[str, ...]] = ()

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        """Yield what is wrong in `rd` (which did parse). Everything about the world outside comes from `site`."""
        raise NotImplementedError

    def finding(self, rd: Document, where: Element | Location | None, message: str, *, attribute: str = "",
                value: str = "", subject: str = "", severity: Severity | None = None,
                confidence: Confidence | None = None, hint: str = "", fix: Fix | None = None) -> Finding:
        """A finding of this rule at an element (at one of its attributes, if named) or at a location."""
        if isinstance(where, Location):
            location = where
        elif where is not None and attribute:
            location = rd.attribute_location(where, attribute)
        else:
            location = rd.location(where)
        return Finding(
            code=self.code, name=self.name, severity=self.severity if severity is None else severity, rd=rd.rd_id,
            location=location, message=message, confidence=self.confidence if confidence is None else confidence,
            value=value, subject=subject, hint=hint, fix=fix)

    def untested(self, rd: Document, where: Element | Location | None, message: str, *, hint: str = "") -> Finding:
        """What this rule could not test, and why: neither a pass nor a failure."""
        location = where if isinstance(where, Location) else rd.location(where)
        return Finding(code=self.code, name=self.name, severity=Severity.INFO, rd=rd.rd_id, location=location,
                       message=message, hint=hint, tested=False)


class LoadRule(Rule):
    """A rule on files that could not be parsed: it names one kind of dachsadmin.rd.document.ParseFailure."""

    stage = "load"
    severity = Severity.ERROR
    profile = "min"
    kind: ClassVar[str]
    hint: ClassVar[str] = ""

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        if rd.failure is not None and rd.failure.kind == self.kind:
            yield self.finding(rd, rd.location_at(rd.failure.offset), rd.failure.message, hint=self.hint)


class SiteRule(Rule):
    """A rule on the installation as a whole: it is asked once per run, after all RDs.

    `whole`: only in runs over the whole tree, so that `val lamost6/q` does not tell about others.
    """

    stage = "site"
    whole: ClassVar[bool] = True

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        return iter(())

    def check_site(self, site: Site) -> Iterator[Finding]:
        """Yield what is wrong. What the database holds is in `site.database`, None if there is none to ask."""
        raise NotImplementedError

    def of_site(self, rd_id: str, site: Site, message: str, *, subject: str = "", severity: Severity | None = None,
                hint: str = "", tested: bool = True) -> Finding:
        """A finding about an RD, or about no RD in particular (``)."""
        file = site.shown(site.path_of(rd_id)) if rd_id and not rd_id.startswith("//") else ""
        return Finding(code=self.code, name=self.name, severity=self.severity if severity is None else severity, rd=rd_id,
                       location=Location(file), message=message, confidence=self.confidence, subject=subject, hint=hint,
                       tested=tested)
