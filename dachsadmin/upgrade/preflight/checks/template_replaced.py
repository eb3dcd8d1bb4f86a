"""Check DU401: template-replaced."""

from __future__ import annotations

from collections.abc import Iterator

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.upgrade.preflight.check import Check
from dachsadmin.upgrade.preflight.installation import Installation
from dachsadmin.upgrade.preflight.threeway import compare, content, same_names

FOLDER = "resources/templates"


class TemplateReplaced(Check):
    """Templates of web pages that the operator has replaced follow what DaCHS changes in its own.

    A template in web/templates takes the place of DaCHS's. What a release changes there is missing on your pages, and where
    a template calls what the new code does not have any more, the page fails.

    See:
        Operator's guide (https://docs.g-vo.org/DaCHS/opguide.html)
    """

    code, name, severity, since = "DU401", "template-replaced", Severity.WARNING, "0.4"

    def check(self, here: Installation) -> Iterator[Finding]:
        own = str(here.config.path("webDir") / (here.config.get("web", "templateDir") or "templates"))
        if here.mode_and_owner(own) is None or here.candidate is None:
            return
        before, after = here.installed, here.candidate.dachs
        for name in same_names(here.host, own, f"{before.folder}/{FOLDER}"):
            compared = compare(content(here.host, f"{before.folder}/{FOLDER}/{name}") or "",
                               content(here.host, f"{own}/{name}") or "", content(here.host, f"{after.folder}/{FOLDER}/{name}"))
            if compared is not None:
                yield self.finding(
                    f"it replaces {compared.told(before.version, after.version)}", file=f"{own}/{name}", line=compared.line,
                    subject=name, hint=f"run 'rm {own}/{name}'" if compared.copied else
                    f"after the upgrade, compare it: 'diff -u {before.folder}/{FOLDER}/{name} {own}/{name}'")
