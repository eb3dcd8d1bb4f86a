"""DA122: references to RDs that do not exist."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Confidence, Finding, Severity
from dachsadmin.rd.columns import followed
from dachsadmin.rd.document import Document
from dachsadmin.rd.language import since, suggest
from dachsadmin.rd.references import Outcome, canonical
from dachsadmin.val.rule import Rule
from dachsadmin.val.rules.unknown_id import told
from dachsadmin.val.site import Site


class UnknownRd(Rule):
    """An RD that is referred to must exist.

    What stands before the hash sign is the path of the other RD, counted from inputsDir, without `.rd`; DaCHS's own
    RDs begin with two slashes. DaCHS refuses an RD that refers to one it cannot find.

    Bad:
        <data id="import"><make table="elsewhere/q#stars"/></data>
    Good:
        <data id="import"><make table="//obscore#ObsCore"/></data>
    See: https://docs.g-vo.org/DaCHS/ref.html#referring-to-other-elements
    """

    code, name, severity, since, profile = "DA122", "unknown-rd", Severity.ERROR, "0.1", "min"

    def check(self, rd: Document, site: Site) -> Iterator[Finding]:
        for reference, target in followed(rd, site):
            if target.outcome is not Outcome.NO_RD:
                continue
            rd_id = canonical(reference.target.partition("#")[0])
            if rd_id.startswith("//"):
                history = since(site.language.builtin_known_in(rd_id), site.language.version)
                reason = f"and DaCHS {site.language.version} has no RD {rd_id}" + (f" ({history})" if history else "")
                near, confidence = suggest(rd_id, site.language.builtin_rds), Confidence.HIGH
            else:
                reason = f"but there is no RD {rd_id} below inputsDir" if rd_id else "with nothing before the hash sign"
                near, confidence = "", Confidence.MEDIUM if rd_id else Confidence.HIGH
            yield self.finding(
                rd, reference.element, f"{told(reference)} {reference.target!r}, {reason}",
                attribute=reference.attribute_there, value=rd_id, confidence=confidence,
                hint=f"write {near!r}" if near else "")
