"""Rule DA356: The TAP examples in the RD give results."""

from __future__ import annotations

from dachsadmin.model.finding import Severity
from dachsadmin.val.rule import Rule


class FailedExample(Rule):
    """The TAP examples in the RD give results.

    Users try them first. They run with --validate-examples only, and by DaCHS 2.12 or later.

    Bad:
        <meta name="_example" title="e">:taptable:`no.such`</meta>
    Good:
        <meta name="_example" title="e">:taptable:`ivoa.obscore`</meta>
    See: DALI 1.1, section 2.3
    """

    code, name, severity, since = "DA356", "failed-example", Severity.ERROR, "0.1"
    profile, stage = "publish", "deep"
