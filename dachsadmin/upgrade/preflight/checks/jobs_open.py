"""Check DU305: jobs-open."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.preflight.check import Check
from dachsadmin.upgrade.preflight.installation import Installation

_TABLES = """
SELECT format('%I.%I', n.nspname, c.relname), has_table_privilege(c.oid, 'SELECT')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r'
  AND (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = c.oid AND NOT a.attisdropped
       AND a.attname IN ('jobid', 'phase', 'executionduration', 'destructiontime')) = 4
ORDER BY 1"""


class JobsOpen(Check):
    """No asynchronous jobs of users run or wait.

    The server is restarted in an upgrade, and what runs is lost to its user. The finding tells how many there are now;
    maintenance mode keeps new ones out.

    See:
        https://www.ivoa.net/documents/UWS/
    """

    code, name, severity, since = "DU305", "jobs-open", Severity.WARNING, "0.4"

    def check(self, here: Installation) -> Iterator[Finding]:
        for table, readable in here.database.rows(_TABLES):
            if not readable:
                yield self.untested(f"the jobs in {table} may not be looked at", subject=table, hint="run it as root")
                continue
            counts = here.database.rows(f"SELECT phase, count(*) FROM {table} WHERE phase IN ('EXECUTING', 'QUEUED')"
                                        " GROUP BY 1 ORDER BY 1")
            if counts:
                told = " and ".join(f"{count} {phase}" for phase, count in counts)
                yield self.finding(f"{table} has jobs that are not over: {told}", subject=table,
                                   hint=f"wait for them: 'SELECT jobid, phase, starttime FROM {table}' shows them")
