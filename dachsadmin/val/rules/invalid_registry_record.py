"""Rule DA352: The registry record of a published resource is valid."""

from __future__ import annotations

from dachsadmin.model.finding import Severity
from dachsadmin.val.rule import Rule


class InvalidRegistryRecord(Rule):
    """The registry record of a published resource is valid.

    Registries refuse or mangle records that are not valid against the schemas, and nobody finds the
    resource.

    Bad:
        <meta name="shortName">a name of more than 16 characters</meta>
    Good:
        <meta name="shortName">lamost6 ssap</meta>
    See: VOResource 1.1; VODataService 1.2
    """

    code, name, severity, since = "DA352", "invalid-registry-record", Severity.ERROR, "0.1"
    profile, stage = "publish", "deep"
