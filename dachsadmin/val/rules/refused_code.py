"""Rule DA353: DaCHS can compile the code of tests, formatters, jobs and datalink functions."""

from __future__ import annotations

from dachsadmin.model.finding import Severity
from dachsadmin.val.rule import Rule


class RefusedCode(Rule):
    """DaCHS can compile the code of tests, formatters, jobs and datalink functions.

    It would fail when it is used first, in the face of a user.

    Bad:
        <regTest title="t"><url>s/form</url><code>self.assert(</code></regTest>
    Good:
        <regTest title="t"><url>s/form</url><code>self.assertHTTPStatus(200)</code></regTest>
    See: DaCHS reference documentation, Python code in DaCHS
    """

    code, name, severity, since = "DA353", "refused-code", Severity.ERROR, "0.1"
    profile, stage = "min", "deep"
