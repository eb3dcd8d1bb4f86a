"""Check DU301: schema-version."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.errors import AdminError
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.preflight.check import Check
from dachsadmin.upgrade.preflight.installation import Installation, schema_of


class SchemaVersion(Check):
    """The database has the schema that the installed DaCHS wants.

    An older one is what an upgrade leaves that did not come to its end; DaCHS works with it until something is missing. A
    newer one comes of a downgrade, and nothing leads back but a backup.

    See:
        https://docs.g-vo.org/DaCHS/opguide.html
    """

    code, name, severity, since = "DU301", "schema-version", Severity.WARNING, "0.4"

    def check(self, here: Installation) -> Iterator[Finding]:
        wanted, there, server = schema_of(here.installed), here.schema, f"{here.database}"
        if there < wanted:
            yield self.finding(f"the database {server} has schema {there}, and DaCHS {here.installed.version} wants {wanted}",
                               hint="run 'su dachsroot -c \"dachs upgrade\"'")
        elif there > wanted:
            yield self.finding(
                f"the database {server} has schema {there}, which DaCHS {here.installed.version} does not know: it wants "
                f"{wanted}", severity=Severity.ERROR, hint="install the DaCHS that it was upgraded with, or restore a backup from before")
        try:
            coming = here.candidate
        except AdminError:
            return  # other checks tell why it cannot be had
        if coming is not None and schema_of(coming.dachs) < there:
            yield self.finding(
                f"the database {server} has schema {there}, which DaCHS {coming.dachs.version} does not know: it wants "
                f"{schema_of(coming.dachs)}", severity=Severity.ERROR, hint="choose a newer version with --target-release")
