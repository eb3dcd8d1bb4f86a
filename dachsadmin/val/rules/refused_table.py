"""Rule DA354: A table is as DaCHS wants it, and on disk as the RD says."""

from __future__ import annotations

from dachsadmin.model.finding import Severity
from dachsadmin.val.rule import Rule


class RefusedTable(Rule):
    """A table is as DaCHS wants it, and on disk as the RD says.

    With --compare-db, columns in the database that differ from the RD make queries fail.

    Bad:
        <table id="t" onDisk="True"/>   (but the database has another column)
    Good:
        <table id="t" onDisk="True"/>   (after dachs imp)
    See: DaCHS reference documentation, Element table
    """

    code, name, severity, since = "DA354", "refused-table", Severity.ERROR, "0.1"
    profile, stage = "min", "deep"
