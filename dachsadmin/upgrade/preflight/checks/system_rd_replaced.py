"""Check DU400: system-rd-replaced."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.preflight.check import Check
from dachsadmin.upgrade.preflight.installation import Installation
from dachsadmin.upgrade.preflight.threeway import compare, content, same_names

FOLDER = "resources/inputs/__system__"


class SystemRdReplaced(Check):
    """RDs of DaCHS that the operator has replaced follow what DaCHS changes in its own.

    An RD in inputs/__system__ takes the place of DaCHS's, for good: what a release mends or adds there never arrives, and
    its code may want what the old RD does not have. Take over the changes when the new version is installed, or leave only
    what you need in etc/userconfig.rd.

    See:
        How Do I (https://docs.g-vo.org/DaCHS/howDoI.html)
    """

    code, name, severity, since = "DU400", "system-rd-replaced", Severity.WARNING, "0.4"

    def check(self, here: Installation) -> Iterator[Finding]:
        own = f"{here.config.inputs}/__system__"
        if here.mode_and_owner(own) is None or here.candidate is None:
            return
        before, after = here.installed, here.candidate.dachs
        for name in same_names(here.host, own, f"{before.folder}/{FOLDER}"):
            compared = compare(content(here.host, f"{before.folder}/{FOLDER}/{name}") or "",
                               content(here.host, f"{own}/{name}") or "", content(here.host, f"{after.folder}/{FOLDER}/{name}"))
            if compared is not None:
                yield self.finding(
                    f"it replaces {compared.told(before.version, after.version)}", rd=f"//{name.removesuffix('.rd')}",
                    file=f"__system__/{name}", line=compared.line, subject=name,
                    hint=f"run 'rm {own}/{name}'" if compared.copied else
                    f"after the upgrade, compare it: 'diff -u {before.folder}/{FOLDER}/{name} {own}/{name}'")
