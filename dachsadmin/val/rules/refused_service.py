"""Rule DA351: DaCHS can examine every published service."""

from __future__ import annotations

from dachsadmin.model.finding import Severity
from dachsadmin.val.rule import Rule


class RefusedService(Rule):
    """DaCHS can examine every published service.

    A service whose metadata DaCHS cannot even put together is in no registry.

    Bad:
        <service id="s"><publish sets="ivo_managed"/></service>
    Good:
        <service id="s"><publish sets="ivo_managed" render="form"/></service>
    See: DaCHS reference documentation, Element service
    """

    code, name, severity, since = "DA351", "refused-service", Severity.ERROR, "0.1"
    profile, stage = "min", "deep"
