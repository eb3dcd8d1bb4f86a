"""Rule DA013: An RD can be validated in reasonable memory."""

from __future__ import annotations

from dachsadmin.model.finding import Severity
from dachsadmin.val.rule import Rule


class TakesTooMuchMemory(Rule):
    """An RD can be validated in reasonable memory.

    The server keeps what RDs load until it ends.

    Bad:
        <setup><code>table = [0]*10**10</code></setup>
    Good:
        <setup><code>table = None</code></setup>   (and a lookup in the database)
    See: dachsadmin-val(1), setting val.memory_mb
    """

    code, name, severity, since = "DA013", "takes-too-much-memory", Severity.ERROR, "0.1"
    profile, stage = "min", "deep"
