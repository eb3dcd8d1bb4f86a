"""DA611: properties with a blank in their name."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Edit, Finding, Fix, Severity
from dachsadmin.rd.document import Document
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class BlankInPropertyName(Rule):
    """The name of a property must not begin or end with a blank.

    DaCHS takes it as it is, finds no property of that name, and does nothing. An announcement of 1.2 had
    `key=" statisticsTarget"`, and people copied that.

    Bad:
        <table id="main"><column name="a"><property key=" statisticsTarget">1000</property></column></table>
    Good:
        <table id="main"><column name="a"><property key="statisticsTarget">1000</property></column></table>
    See: DaCHS reference documentation, element column
    """

    code, name, severity, since = "DA611", "blank-in-property-name", Severity.WARNING, "0.1"
    only_with = ("property",)

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for element in rd.elements("property"):
            for attribute in ("name", "key"):
                name = element.attrib.get(attribute)
                if name is not None and name != name.strip():
                    span = rd.attribute_span(element, attribute)
                    fix = Fix("remove the blank", (Edit(*span, name.strip()),)) if span else None
                    yield self.finding(rd, element, f"the property {name!r} has a blank in its name, so DaCHS does not "
                                       f"find it as {name.strip()!r}", attribute=attribute, value=name, fix=fix)
