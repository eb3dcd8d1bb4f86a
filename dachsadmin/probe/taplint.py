"""What the validator taplint of STILTS says about a TAP service, as findings."""

from __future__ import annotations

import json
import shlex
from typing import Any

from dachsadmin.errors import EnvironmentFault
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.probe.centre import Service
from dachsadmin.probe.check import Check
from dachsadmin.system.host import Host

_SECONDS = 1800
_SEVERITIES = {"E": Severity.WARNING, "W": Severity.INFO}
"""Its errors and warnings; what it reports as information, success and summary is left out."""


def run(check: Check, service: Service, host: Host) -> list[Finding]:
    """Run taplint; where that cannot be done, say so."""
    if host.which("stilts") is None:
        return [check.untested(service, "the program stilts is not installed", hint="run 'apt-get install stilts'")]
    try:
        done = host.run(["stilts", "taplint", f"tapurl={service.url}", "format=json", "report=EWF"], timeout=_SECONDS,
                        check=False)
        return findings(check, service, done.stdout)
    except EnvironmentFault as error:
        return [check.untested(service, error.message, hint=error.hint)]


def findings(check: Check, service: Service, output: str) -> list[Finding]:
    """The findings in taplint's JSON. What it could not test is could-not-test here."""
    try:
        sections: list[dict[str, Any]] = json.loads(output)["sections"]
        entries = [(str(report["level"])[:1], f"{section['code']} {report['code']}", " ".join(str(report["text"]).split()))
                   for section in sections for report in _without_schemata(section["reports"]) if report.get("text")]
    except (ValueError, LookupError, TypeError):
        return [check.untested(service, "the output of taplint is not understood",
                               hint=f"run 'stilts taplint {shlex.quote(f'tapurl={service.url}')}' yourself")]
    found: list[Finding] = []
    for level, code, text in dict.fromkeys(entries):
        if level == "F":
            found.append(check.untested(service, f"{code}: {text}"))
        elif level in _SEVERITIES:
            found.append(check.finding(service, f"{code}: {text}", severity=_SEVERITIES[level], value=code))
    return found


def _without_schemata(reports: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The reports of a section; what XML validation says means nothing where it could not fetch a schema."""
    texts = [str(report.get("text", "")) for report in reports]
    unread = [text for text in texts if "Failed to read schema document" in text]
    if not unread:
        return reports
    kept = [report for report, text in zip(reports, texts) if "cvc-" not in text and "schema_reference" not in text]
    schema = unread[0].partition("schema document ")[2].partition(",")[0]
    return [*kept, {"level": "FAILURE", "code": "XSD", "text": f"the schema {schema} cannot be fetched from here"}]
