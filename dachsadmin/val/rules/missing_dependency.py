"""Rule DA922: Another DaCHS finds all that it needs."""

from __future__ import annotations

from dachsadmin.model.finding import Severity
from dachsadmin.val.rule import Rule


class MissingDependency(Rule):
    """Another DaCHS finds all that it needs.

    `val --against` unpacks what apt would install. If DaCHS then misses a Python module, its packages do not ask for
    something that they need: the upgrade would break off half-way, and `dachs` itself would not start any more. DaCHS
    2.13 on Debian 12 is such a case: it imports platformdirs. The validation goes on with the package that brings it.

    Bad:
        dachsadmin val --against sid ALL    (without python3-platformdirs)
    Good:
        apt-get install python3-platformdirs && dachsadmin val --against sid ALL
    See: dachsadmin-val(1), option --against
    """

    code, name, severity, since = "DA922", "missing-dependency", Severity.ERROR, "0.1"
    profile, stage = "min", "deep"
