"""Check DU306: long-transaction."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.errors import AdminError
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.system import postgres
from dachsadmin.upgrade.preflight.check import Check
from dachsadmin.upgrade.preflight.installation import Installation

LONG = 60
"""Seconds; no command of DaCHS on small tables takes as long."""
PROFILES = ("feed", "trustedquery", "untrustedquery")
_SESSIONS = """
SELECT pid, usename, coalesce(application_name, ''), coalesce(state, ''), extract(epoch FROM now() - xact_start)::int
FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
  AND coalesce(backend_type, 'client backend') = 'client backend'"""


class LongTransaction(Check):
    """No transaction in DaCHS's database has been open for long.

    What an upgrade changes in a table waits until all have ended that have read it before, and everybody who comes later waits
    behind it. Each role sees its own transactions; those of others are counted, and told as not tested.

    See:
        https://www.postgresql.org/docs/current/monitoring-stats.html
    """

    code, name, severity, since = "DU306", "long-transaction", Severity.WARNING, "0.4"

    def check(self, here: Installation) -> Iterator[Finding]:
        here.database  # noqa: B018 - without it there is nothing to look at
        seen: dict[int, tuple[str, str, str, int | None]] = {}
        ours = set()
        for profile in PROFILES:
            try:
                database = here.database if profile == PROFILES[0] else postgres.configured(here.config, profile)
            except AdminError:
                continue  # what its role has open is told as hidden
            ours.add(database.scalar("SELECT pg_backend_pid()"))
            for pid, user, program, state, age in database.rows(_SESSIONS):
                if state or pid not in seen:
                    seen[pid] = user, program, state, age
            if database is not here.database:
                database.close()
        others = {pid: told for pid, told in seen.items() if pid not in ours}
        for pid, (user, program, state, age) in sorted(others.items()):
            if age is not None and age >= LONG:
                yield self.finding(
                    f"process {pid} of {user}{f' ({program})' if program else ''} has had a transaction open for "
                    f"{age // 60} min, and is {state}", subject=str(user), value=str(pid),
                    hint=f"wait for it, or end it: runuser -u postgres -- psql -c 'SELECT pg_terminate_backend({pid})'")
        hidden = sorted({user or "?" for user, _, state, _ in others.values() if not state})
        if hidden:
            yield self.untested(
                f"the transactions of {', '.join(hidden)} are not DaCHS's to see",
                hint="run \"runuser -u postgres -- psql -c 'SELECT pid, usename, xact_start FROM pg_stat_activity'\"")
