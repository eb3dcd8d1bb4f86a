"""DA123: references to ids that another RD does not have."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.rd.columns import followed
from dachsadmin.rd.document import Document
from dachsadmin.rd.expansion import written_ids
from dachsadmin.rd.language import since, suggest
from dachsadmin.rd.references import Outcome, Reference, canonical
from dachsadmin.val.rule import Rule
from dachsadmin.val.rules.unknown_id import told
from dachsadmin.val.site import Site


_LOST = frozenset({Outcome.NO_USER_CONFIG, Outcome.BROKEN_RD, Outcome.MISSING_THERE})


class UnknownIdElsewhere(Rule):
    """What another RD is asked for must be there.

    DaCHS's own RDs change from version to version: what a newer DaCHS has, an older one refuses to know. References
    to `%` are looked for in the operator's etc/userconfig.rd, then in the one that comes with DaCHS.

    Bad:
        <table id="images" onDisk="True" mixin="//siap#pg"/>
    Good:
        <table id="images" onDisk="True" mixin="//siap#pgs"/>
    See: https://docs.g-vo.org/DaCHS/ref.html#referring-to-other-elements
    """

    code, name, severity, since, profile = "DA123", "unknown-id-elsewhere", Severity.ERROR, "0.1", "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for reference, target in followed(rd, site):
            if target.outcome not in _LOST:
                continue
            beginning = f"{told(reference)} {reference.target!r}"
            rd_id, _, name = reference.target.rpartition("#")
            rd_id = canonical(rd_id)
            if target.outcome is Outcome.NO_USER_CONFIG:
                yield self.untested(
                    rd, rd.attribute_location(reference.element, reference.attribute_there or "-"),
                    f"{beginning}, and there is no userconfig.rd to look into",
                    hint="put the site's etc/userconfig.rd where gavo.rc says")
            elif target.outcome is Outcome.BROKEN_RD:
                yield self._at(rd, reference, f"{beginning}, but {rd_id} cannot be read")
            else:
                name = name.partition(".")[0]
                near = suggest(name, known_ids(rd_id, site))
                yield self._at(rd, reference, f"{beginning}, but {reason(rd_id, name, site)}",
                               hint=f"write '{rd_id}#{near}'" if near else "")

    def _at(self, rd: Document, reference: Reference, message: str, *, hint: str = "") -> Finding:
        return self.finding(rd, reference.element, message, attribute=reference.attribute_there,
                            value=reference.target, hint=hint)


def reason(rd_id: str, name: str, site: Site) -> str:
    """Why an id is not found in another RD."""
    if rd_id.startswith("//") and site.document(rd_id) is None:
        history = since(site.language.builtin_known_in(f"{rd_id}#{name}"), site.language.version)
        return f"that is unknown to DaCHS {site.language.version}" + (f" ({history})" if history else "")
    where = "neither userconfig.rd nor DaCHS's own" if rd_id == "%" else f"{rd_id} has nothing with"
    return f"{where} has that id" if rd_id == "%" else f"{where} that id"


def known_ids(rd_id: str, site: Site) -> set[str]:
    """The ids that could have been meant."""
    found: set[str] = set()
    document = site.user_config if rd_id == "%" else site.document(rd_id)
    if document is not None:
        found |= set(written_ids(document))
    found |= set(site.language.builtin("//userconfig" if rd_id == "%" else rd_id) or ())
    return found
