"""Rule DA902: DaCHS could carry out all checks that were asked for."""

from __future__ import annotations

from dachsadmin.model.finding import Severity
from dachsadmin.val.rule import Rule


class NotTestedByDachs(Rule):
    """DaCHS could carry out all checks that were asked for.

    A server that does not answer, for instance, keeps regression tests from telling anything.

    Bad:
        dachsadmin val --run-tests lamost6/q   (while the server is down)
    Good:
        dachs serve start; dachsadmin val --run-tests lamost6/q
    See: dachsadmin-val(1), section ENGINES
    """

    code, name, severity, since = "DA902", "not-tested-by-dachs", Severity.INFO, "0.1"
    profile, stage = "min", "deep"
