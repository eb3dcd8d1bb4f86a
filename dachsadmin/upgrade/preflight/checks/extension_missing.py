"""Check DU302: extension-missing."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.preflight.check import Check
from dachsadmin.upgrade.preflight.installation import Installation

EXTENSIONS = {"pg_sphere": "pgsphere", "q3c": "q3c"}
"""The extensions that DaCHS needs, and what their packages are called after."""


class ExtensionMissing(Check):
    """The database has pgsphere and q3c, in the version that is installed.

    DaCHS cannot do without them, and newer releases use what came with newer versions of pgsphere (MOCs). A new package
    alone changes nothing in a database that is there.

    See:
        https://docs.g-vo.org/DaCHS/tutorial.html
    """

    code, name, severity, since = "DU302", "extension-missing", Severity.ERROR, "0.4"

    def check(self, here: Installation) -> Iterator[Finding]:
        there = here.server.extensions
        newest = {name: version for name, version in here.database.rows(
            "SELECT name, default_version FROM pg_available_extensions WHERE name = ANY(%s)", (list(EXTENSIONS),))}
        major = here.server.version.partition(".")[0]
        name = here.database.scalar("SELECT current_database()")
        for extension, package in EXTENSIONS.items():
            if extension not in there:
                first = "" if extension in newest else f"apt-get install postgresql-{major}-{package} && "
                yield self.finding(f"the database {name} has no extension {extension}", subject=extension, hint=f"run '{first}"
                                   f"runuser -u postgres -- psql -d {name} -c \"CREATE EXTENSION {extension}\"'")
            elif extension in newest and there[extension] != newest[extension]:
                yield self.finding(
                    f"the database {name} has {extension} {there[extension]}, and {newest[extension]} is installed",
                    subject=extension, severity=Severity.WARNING,
                    hint=f"run 'runuser -u postgres -- psql -d {name} -c \"ALTER EXTENSION {extension} UPDATE\"'")
