"""Check DU203: missing-dependency."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.system import starting
from dachsadmin.upgrade.preflight.check import Check
from dachsadmin.upgrade.preflight.installation import Installation


class MissingDependency(Check):
    """All modules of the next DaCHS can be imported.

    Its packages are unpacked into a scratch directory, with all that they ask for, and each of its modules is imported
    there, as the server's user. A Python module that is missing then is one that the packages forget: the server would
    not start after the upgrade, and dpkg would be left half-way (DaCHS 2.13 does so on Debian 12 without
    python3-platformdirs). Modules that this machine's DaCHS cannot import either are not told.

    See:
        https://docs.g-vo.org/DaCHS/install.html
    """

    code, name, severity, since = "DU203", "missing-dependency", Severity.ERROR, "0.4"

    def check(self, here: Installation) -> Iterator[Finding]:
        candidate = here.candidate
        if candidate is None:
            return
        for missing in candidate.missing:
            yield self._missing(here, candidate.dachs.version, missing.module, missing.package)
        if candidate.problem:
            yield self.finding(f"DaCHS {candidate.dachs.version} does not start with Python {candidate.dachs.python}: "
                               f"{candidate.problem}", hint="do not upgrade; ask its maintainers")
            return
        here.progress("importing all of DaCHS", 0, 0)
        before = set() if here.starting else {
            one.module for one in starting.unimportable(here.host, "", here.interpreter, here.user)}
        told = {missing.module.partition(".")[0] for missing in candidate.missing}
        for one in starting.unimportable(here.host, candidate.dachs.pythonpath, here.interpreter, here.user):
            if one.module in before or one.absent.partition(".")[0] in told - {""}:
                continue
            if one.absent:
                told.add(one.absent.partition(".")[0])
                yield self._missing(here, candidate.dachs.version, one.absent, here.lists.apt.package_of(one.absent), one.module)
            else:
                yield self.finding(f"{one.module} of DaCHS {candidate.dachs.version} cannot be imported: {one.problem}",
                                   subject=one.module, hint="do not upgrade; ask its maintainers")

    def _missing(self, here: Installation, version: str, module: str, package: str, importer: str = "") -> Finding:
        hint = f"run 'apt-get install {package}' before the upgrade" if package else \
            f"find out which package brings the Python module {module}, and install it before the upgrade"
        by = f" (for {importer})" if importer else ""
        return self.finding(f"DaCHS {version} needs the Python module {module}{by}, which this machine does not have and its "
                            "packages do not ask for", subject=module, hint=hint)
