"""Rule DA990: DaCHS's own validation ran."""

from __future__ import annotations

from dachsadmin.model.finding import Severity
from dachsadmin.val.rule import Rule


class DeepValidationDidNotRun(Rule):
    """DaCHS's own validation ran.

    The static rules see the text of an RD only. Without DaCHS, or without a database that it could use, nobody can say
    whether DaCHS takes the RD. With --engine static that is on purpose, and not told.

    Bad:
        dachsadmin val lamost6/q    (on a machine without python3-gavo)
    Good:
        dachsadmin val --engine static lamost6/q
    See: dachsadmin-val(1), section ENGINES
    """

    code, name, severity, since = "DA990", "deep-validation-did-not-run", Severity.INFO, "0.1"
    profile, stage = "min", "deep"
