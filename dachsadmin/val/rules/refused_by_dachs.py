"""Rule DA010: DaCHS can load the RD."""

from __future__ import annotations

from dachsadmin.model.finding import Severity
from dachsadmin.val.rule import Rule


class RefusedByDachs(Rule):
    """DaCHS can load the RD.

    What DaCHS cannot load, it neither imports nor serves. The static rules name many causes more exactly;
    this is for the rest.

    Bad:
        <table id="t"><mixin>//epntap2#table-2_0</mixin></table>   (a required parameter is missing)
    Good:
        <table id="t"><mixin spatial_frame_type="celestial">//epntap2#table-2_0</mixin></table>
    See: DaCHS reference documentation
    """

    code, name, severity, since = "DA010", "refused-by-dachs", Severity.ERROR, "0.1"
    profile, stage = "min", "deep"
