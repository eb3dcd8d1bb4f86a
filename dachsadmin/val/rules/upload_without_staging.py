"""DA319: upload services whose data is not made for it."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd import references
from dachsadmin.rd.document import Document
from dachsadmin.rd.expansion import all_nodes, children
from dachsadmin.rd.macros import is_true
from dachsadmin.rd.references import Reference, place_of
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class UploadWithoutStaging(Rule):
    """The data that an uploadCore feeds must be updating, and have a staging directory.

    Without `updating="True"` each upload throws away all that was there; without the property stagingDir no upload
    is taken.

    Bad:
        <table id="t" onDisk="True"><column name="a"/></table>
        <data id="d"><csvGrammar/><make table="t"/></data>
        <service id="up" allowed="upload"><uploadCore destDD="d"/></service>
    Good:
        <table id="t" onDisk="True"><column name="a"/></table>
        <data id="d" updating="True"><property key="stagingDir">in</property><csvGrammar/><make table="t"/></data>
        <service id="up" allowed="upload"><uploadCore destDD="d"/></service>
    See: https://docs.g-vo.org/DaCHS/ref.html#element-uploadcore
    """

    code, name, severity, since, profile = "DA319", "upload-without-staging", Severity.ERROR, "0.1", "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for core in all_nodes(rd, site, "uploadCore"):
            reference = core.get("destDD") or ""
            if not reference or "\\" in reference:
                continue
            data = references.look_up(Reference(core, "destDD", reference, frozenset()), rd, site).node
            if data is None or data.tag != "data" or data.get("original"):
                continue
            content = children(data, site)
            if any(child.unknown for child in content):
                continue
            place = place_of(core)
            attribute = "destDD" if place is core.element else ""
            if not is_true(data.get("updating")):
                message = f"data {reference} is not updating: each upload throws away what was there"
                yield self.finding(rd, place, message, attribute=attribute, subject=reference,
                                   hint='write updating="True"')
            if not any(child.tag == "property" and (child.get("key") or child.get("name")) == "stagingDir"
                       for child in content):
                yield self.finding(rd, place, f"data {reference} has no property stagingDir: no upload is taken",
                                   attribute=attribute, subject=reference)
