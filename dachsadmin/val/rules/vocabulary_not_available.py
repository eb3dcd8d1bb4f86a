"""Rule DA900: The vocabularies that DaCHS validates with are there."""

from __future__ import annotations

from dachsadmin.model.finding import Severity
from dachsadmin.val.rule import Rule


class VocabularyNotAvailable(Rule):
    """The vocabularies that DaCHS validates with are there.

    DaCHS fetches them from the IVOA when it needs them. Offline, what they say cannot be tested by DaCHS;
    our own rule on subjects does not need them.

    Bad:
        dachsadmin val lamost6/q   (offline, with an empty cache)
    Good:
        dachsadmin val --update-vocabularies
    See: https://www.ivoa.net/rdf
    """

    code, name, severity, since = "DA900", "vocabulary-not-available", Severity.INFO, "0.1"
    profile, stage = "min", "deep"
