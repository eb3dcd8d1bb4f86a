"""Rule DA901: The database answers while DaCHS validates."""

from __future__ import annotations

from dachsadmin.model.finding import Severity
from dachsadmin.val.rule import Rule


class DatabaseNotAvailable(Rule):
    """The database answers while DaCHS validates.

    DaCHS asks it while it loads an RD; without an answer nothing can be said.

    Bad:
        systemctl stop postgresql
    Good:
        systemctl start postgresql
    See: dachsadmin-val(1), section ENGINES
    """

    code, name, severity, since = "DA901", "database-not-available", Severity.INFO, "0.1"
    profile, stage = "min", "deep"
