"""Rule DA012: An RD can be validated in reasonable time."""

from __future__ import annotations

from dachsadmin.model.finding import Severity
from dachsadmin.val.rule import Rule


class TakesTooLong(Rule):
    """An RD can be validated in reasonable time.

    The server loads an RD at the first request for it; a setup that computes or waits blocks all other users.

    Bad:
        <setup><code>import time; time.sleep(1000)</code></setup>
    Good:
        <setup><code>pass</code></setup>   (and the work done by a job or at import)
    See: dachsadmin-val(1), setting val.timeout
    """

    code, name, severity, since = "DA012", "takes-too-long", Severity.ERROR, "0.1"
    profile, stage = "min", "deep"
