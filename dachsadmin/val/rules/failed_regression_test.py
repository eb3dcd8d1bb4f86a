"""Rule DA355: The regression tests in the RD pass."""

from __future__ import annotations

from dachsadmin.model.finding import Severity
from dachsadmin.val.rule import Rule


class FailedRegressionTest(Rule):
    """The regression tests in the RD pass.

    They are what the author of the service thought must not break. They run with --run-tests only.

    Bad:
        <regTest title="t"><url RA="1">s/scs.xml</url><code>self.assertHasStrings("no such")</code></regTest>
    Good:
        <regTest title="t"><url RA="1">s/scs.xml</url><code>self.assertHTTPStatus(200)</code></regTest>
    See: DaCHS reference documentation, Regression testing
    """

    code, name, severity, since = "DA355", "failed-regression-test", Severity.ERROR, "0.1"
    profile, stage = "publish", "deep"
