"""Rule DA350: DaCHS can compile every rowmaker for its table."""

from __future__ import annotations

from dachsadmin.model.finding import Severity
from dachsadmin.val.rule import Rule


class RefusedRowmaker(Rule):
    """DaCHS can compile every rowmaker for its table.

    The import would fail at the first row.

    Bad:
        <make table="t"><rowmaker><map key="no_such_column">1</map></rowmaker></make>
    Good:
        <make table="t"><rowmaker><map key="a_column">1</map></rowmaker></make>
    See: DaCHS reference documentation, Element rowmaker
    """

    code, name, severity, since = "DA350", "refused-rowmaker", Severity.ERROR, "0.1"
    profile, stage = "min", "deep"
