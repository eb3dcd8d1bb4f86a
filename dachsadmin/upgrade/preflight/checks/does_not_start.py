"""Check DU205: does-not-start."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.errors import AdminError
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.preflight.check import Check
from dachsadmin.upgrade.preflight.installation import Installation


class DoesNotStart(Check):
    """The DaCHS that is installed starts.

    After an upgrade that failed, the packages of the new version are there, one of them half-configured, and `dachs` may end
    with a traceback: a Python module is missing that the packages do not ask for. With the module installed, dpkg goes on
    where it stopped.

    See:
        https://docs.g-vo.org/DaCHS/commonproblems.html
    """

    code, name, severity, since = "DU205", "does-not-start", Severity.ERROR, "0.4"

    def check(self, here: Installation) -> Iterator[Finding]:
        told, version = here.starting, here.installed.version
        if told.get("missing"):
            try:
                package = here.lists.apt.package_of(told["missing"])
            except AdminError:
                package = ""
            hint = f"run 'apt-get install {package} && dpkg --configure -a'" if package else \
                f"install the package that brings it ('apt-cache search {told['missing']}'), and run 'dpkg --configure -a'"
            yield self.finding(f"DaCHS {version} does not start: the Python module {told['missing']} is missing",
                               subject=told["missing"], hint=hint)
        elif told.get("problem"):
            yield self.finding(f"DaCHS {version} does not start: {told['problem']}",
                               hint="run 'dachs --version' to see all that it says")
