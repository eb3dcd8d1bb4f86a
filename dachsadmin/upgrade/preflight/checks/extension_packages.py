"""Check DU303: extension-packages."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.preflight.check import Check
from dachsadmin.upgrade.preflight.checks.extension_missing import EXTENSIONS
from dachsadmin.upgrade.preflight.installation import Installation


class ExtensionPackages(Check):
    """The packages of pgsphere and q3c are those of the PostgreSQL that runs.

    DaCHS's packages are content with those of any major version. With the wrong ones, a database that was restored or moved
    does not come up.

    See:
        https://docs.g-vo.org/DaCHS/tutorial.html
    """

    code, name, severity, since = "DU303", "extension-packages", Severity.ERROR, "0.4"

    def check(self, here: Installation) -> Iterator[Finding]:
        if not here.is_local:
            yield self.untested(f"the database is on {here.database.profile.host}, whose packages cannot be looked at from here",
                                hint=f"run 'dpkg -l \"postgresql-*\"' on {here.database.profile.host}")
            return
        major = here.server.version.partition(".")[0]
        for package in EXTENSIONS.values():
            name = f"postgresql-{major}-{package}"
            if name not in here.packages:
                others = [other for other in here.packages if other.startswith("postgresql-") and other.endswith(f"-{package}")]
                yield self.finding(f"PostgreSQL {major} runs, and {name} is not installed" +
                                   (f", but {', '.join(others)}" if others else ""), subject=name,
                                   hint=f"run 'apt-get install {name}'")
