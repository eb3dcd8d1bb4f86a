"""Check DP901: given-up."""

from __future__ import annotations

from dachsadmin.model.finding import Severity
from dachsadmin.probe.check import Check


class GivenUp(Check):
    """The server answers in time, so that all checks can be made.

    After three checks in a row that got no answer in time, no more are made: a server that hangs is not helped by more
    requests. --timeout gives it more time for each answer.

    See:
        DALI 1.1 (https://www.ivoa.net/documents/DALI/)
    """

    code, name, severity, since = "DP901", "given-up", Severity.INFO, "0.1"
