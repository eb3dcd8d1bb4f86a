"""Rule DA014: DaCHS loads the RD without a warning."""

from __future__ import annotations

from dachsadmin.model.finding import Severity
from dachsadmin.val.rule import Rule


class WarnedByDachs(Rule):
    """DaCHS loads the RD without a warning.

    DaCHS can go on, but something is not as it should be, such as an integer column that may be null and
    has no value for that.

    Bad:
        <column name="n" type="integer"/>
    Good:
        <column name="n" type="integer"><values nullLiteral="-1"/></column>
    See: DaCHS reference documentation
    """

    code, name, severity, since = "DA014", "warned-by-dachs", Severity.WARNING, "0.1"
    profile, stage = "publish", "deep"
