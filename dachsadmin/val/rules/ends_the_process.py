"""Rule DA011: RD code leaves the process that runs it alive."""

from __future__ import annotations

from dachsadmin.model.finding import Severity
from dachsadmin.val.rule import Rule


class EndsTheProcess(Rule):
    """RD code leaves the process that runs it alive.

    RD code runs inside the server. What ends or breaks the validating process would end the server, too.

    Bad:
        <rowmaker><apply><setup><code>import os; os._exit(1)</code></setup></apply></rowmaker>
    Good:
        <rowmaker><apply><setup imports="os"/></apply></rowmaker>
    See: DaCHS reference documentation, Element setup
    """

    code, name, severity, since = "DA011", "ends-the-process", Severity.ERROR, "0.1"
    profile, stage = "min", "deep"
