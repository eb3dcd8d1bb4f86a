"""Check DU304: several-clusters."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.errors import EnvironmentFault
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.preflight.check import Check
from dachsadmin.upgrade.preflight.installation import Installation


class SeveralClusters(Check):
    """There is one PostgreSQL cluster, of the newest major version that is installed.

    A release of Debian brings a new major version with an empty cluster of its own, beside the one that DaCHS goes on
    using; it is to be moved before the old version's packages go. Where several clusters are meant to be, silence this.

    See:
        pg_upgradecluster(1)
        The tutorial of DaCHS (https://docs.g-vo.org/DaCHS/tutorial.html)
    """

    code, name, severity, since = "DU304", "several-clusters", Severity.WARNING, "0.4"

    def check(self, here: Installation) -> Iterator[Finding]:
        if not here.is_local:
            return
        if here.host.which("pg_lsclusters") is None:
            raise EnvironmentFault("which clusters of PostgreSQL there are is not known without pg_lsclusters",
                                   "run 'apt-get install postgresql-common'")
        rows = [line.split()[:4] for line in here.host.run(["pg_lsclusters", "-h"], timeout=30).stdout.splitlines()]
        clusters = [(version, name, port, state) for version, name, port, state in (row for row in rows if len(row) == 4)]
        port = str(here.database.scalar("SELECT current_setting('port')"))
        used = next((cluster for cluster in clusters if cluster[2] == port and cluster[3].startswith("online")), None)
        if used is None:
            return
        newer = [cluster for cluster in clusters if float(cluster[0]) > float(used[0])]
        for version, name, at, state in newer:
            yield self.finding(
                f"DaCHS uses PostgreSQL {used[0]} (cluster {used[1]}, port {port}), and there is {version} (cluster {name}, "
                f"port {at}, {state})", subject=f"{version}/{name}",
                hint=f"move it before the packages of {used[0]} go: man pg_upgradecluster; or remove the new one, if it is "
                f"empty: 'pg_dropcluster --stop {version} {name}'")
        for version, name, at, state in clusters:
            if (version, name) != used[:2] and float(version) <= float(used[0]):
                yield self.finding(f"there is another cluster of PostgreSQL: {version}/{name}, port {at}, {state}",
                                   severity=Severity.INFO, subject=f"{version}/{name}",
                                   hint=f"run 'pg_dropcluster --stop {version} {name}' if nobody needs it")
