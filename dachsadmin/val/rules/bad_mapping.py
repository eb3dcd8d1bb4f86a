"""DA115: properties and templates that are no pair of key and value."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.rd.structure import Kind, structure
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class BadMapping(Rule):
    """A property or template has a key as an attribute and its value as text.

    DaCHS refuses one without a key, without a value, or with anything else.

    Bad:
        <service id="q"><nullCore/><property key="previews"/></service>
    Good:
        <service id="q"><nullCore/><property key="previews">auto</property></service>
    See: https://docs.g-vo.org/DaCHS/ref.html
    """

    code, name, severity, since, profile = "DA115", "bad-mapping", Severity.ERROR, "0.1", "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for problem in structure(rd, site.language).of(Kind.MAPPING):
            assert problem.member is not None
            tag = problem.element.tag
            if problem.value == "attribute":
                message = f"<{tag}> has no attribute {problem.name!r}, only key and cumulate"
            elif problem.value == "child":
                message = f"<{tag}> cannot have a <{problem.name}>: the key is an attribute, the value is text"
            else:
                message = f"<{tag}> has no {problem.value}"
            yield self.finding(rd, problem.element, message, attribute=problem.name, value=f"{tag}/{problem.value}")
