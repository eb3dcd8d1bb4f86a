"""DA603: datalink services in the form of before DaCHS 1.2."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.document import Document
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class DatalinkAsProperty(Rule):
    """The datalink service of a spectral service belongs to the table.

    The property `datalink` of SSAP services is superseded since DaCHS 1.2: the meta `_associatedDatalinkService` of
    the table makes TAP and all other services on it give the links, too.

    Bad:
        <resource schema="res"><service id="s"><nullCore/><property name="datalink">dl</property></service></resource>
    Good:
        <resource schema="res"><table id="spectra"><column name="ssa_pubDID" type="text"/>
          <meta name="_associatedDatalinkService"><meta name="serviceId">dl</meta>
            <meta name="idColumn">ssa_pubDID</meta></meta></table></resource>
    See: DaCHS 1.2 release notes
    """

    code, name, severity, since = "DA603", "datalink-as-property", Severity.WARNING, "0.1"
    profile = "strict"
    only_with = ("property",)

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for element in rd.elements("property"):
            parent = element.parent
            names = (element.get("name"), element.get("key"))
            if parent is not None and parent.tag == "service" and "datalink" in names:
                service = element.text.strip()
                yield self.finding(rd, element, f"service {parent.get('id')!r} names its datalink service {service!r} "
                                   "in a property", subject=parent.get("id") or "",
                                   hint="remove the property, and add to the table <meta name="
                                   f"\"_associatedDatalinkService\"><meta name=\"serviceId\">{service}</meta>"
                                   "<meta name=\"idColumn\">ssa_pubDID</meta></meta>")
