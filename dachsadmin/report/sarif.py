"""The report for code scanning services: SARIF 2.1.0, within what GitHub takes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from dachsadmin.model.finding import Confidence, Finding, Fix, Location, Severity
from dachsadmin.model.fingerprint import identities
from dachsadmin.model.run import RuleText, Run
from dachsadmin.report.order import worst_first
from dachsadmin.report.spelling import as_json, exact, is_address, lines, plain, uri
from dachsadmin.report.wording import with_hint

# docs.github.com, "SARIF results exceed one or more limits": what is beyond is dropped or the upload refused.
MAX_RESULTS = 5_000
MAX_LOCATIONS = 1_000

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_PRECISIONS = {Confidence.HIGH: "high", Confidence.MEDIUM: "medium", Confidence.LOW: "low"}
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def render(findings: Sequence[Finding], run: Run) -> str:
    """A SARIF log with one run. What could not be tested is a notification of the tool, not an alert on the code."""
    told = sorted(findings, key=worst_first)
    named = [(finding, name) for finding, name in zip(told, identities(told), strict=True) if finding.tested]
    fired = {finding.code: finding for finding in reversed(told)}
    texts = {rule.code: rule for rule in run.rules}
    codes = sorted(fired)
    notes = [_notification(finding, run) for finding in told if not finding.tested]
    if len(named) > MAX_RESULTS:
        notes.append({"level": "warning", "message": {"text": (
            f"only the worst {MAX_RESULTS} of {len(named)} findings are listed, since GitHub keeps no more")}})
    log = {
        "$schema": _SCHEMA, "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "dachsadmin", "version": run.version,
                "rules": [_rule(texts.get(code) or _bare(fired[code]), run.command) for code in codes],
            }},
            "invocations": [_invocation(notes, run)],
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": {
                "%SRCROOT%": {"description": {"text": "the directory that dachsadmin was called in"}}},
            "results": [_result(finding, name, codes, run) for finding, name in named[:MAX_RESULTS]],
        }],
    }
    return as_json(log, 5)


def _invocation(notes: list[dict[str, Any]], run: Run) -> dict[str, Any]:
    invocation: dict[str, Any] = {"executionSuccessful": True, "toolExecutionNotifications": notes}
    if run.started:
        invocation["startTimeUtc"] = run.started
    return invocation


def _rule(rule: RuleText, command: str) -> dict[str, Any]:
    described: dict[str, Any] = {
        "id": rule.code, "name": rule.name, "shortDescription": {"text": rule.title or rule.name},
        "fullDescription": {"text": " ".join(filter(None, [rule.title, rule.why])) or rule.name},
        "help": {"text": _help(rule, command, markdown=False), "markdown": _help(rule, command, markdown=True)},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"precision": _PRECISIONS[rule.confidence], "tags": [f"profile-{rule.profile}"],
                       "problem.severity": "recommendation" if rule.severity is Severity.INFO else rule.severity.label},
    }
    addresses = [address for address in rule.see if address.startswith(("https://", "http://"))]
    if addresses:
        described["helpUri"] = addresses[0]
    return described


def _bare(finding: Finding) -> RuleText:
    """What is known of a rule that the run does not describe."""
    return RuleText(finding.code, finding.name, finding.severity)


def _help(rule: RuleText, command: str, *, markdown: bool) -> str:
    def example(title: str, code: str) -> str:
        if not code:
            return ""
        if markdown:
            return f"**{title}**\n\n```xml\n{lines(code)}\n```"
        return f"{title}:\n" + "\n".join(f"    {line}" for line in lines(code).split("\n"))

    parts = [rule.title, lines(rule.why), example("Bad", rule.bad), example("Good", rule.good),
             "See: " + ", ".join(rule.see) if rule.see else "",
             f"Run `dachsadmin {command} --explain {rule.code}` for this page."]
    return "\n\n".join(filter(None, parts))


def _result(finding: Finding, identity: str, codes: list[str], run: Run) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.code, "ruleIndex": codes.index(finding.code), "level": _LEVELS[finding.severity],
        "message": _message(finding), "locations": [_location(finding.location, run, finding.rd)],
        # GitHub reads primaryLocationLineHash alone, and computes one from the line's text if it is missing.
        "partialFingerprints": {"primaryLocationLineHash": identity, "dachsadmin/v1": identity},
        "properties": {"rd": plain(finding.rd), "confidence": finding.confidence.label, "engine": finding.engine},
    }
    places = [_location(place, run, "") for place in sorted(set(finding.places) - {finding.location})]
    if places:
        result["relatedLocations"] = [{"id": number, **place, "message": {"text": "here too"}}
                                      for number, place in enumerate(places[:MAX_LOCATIONS - 1], 1)]
    if finding.fix and finding.fix.safe and finding.location.file:
        result["fixes"] = [_fix(finding.fix, finding.location, run)]
    return result


def _location(location: Location, run: Run, rd: str) -> dict[str, Any]:
    region: dict[str, int] = {"startLine": max(location.line, 1)}
    if location.line and location.column:
        region["startColumn"] = location.column
    place: dict[str, Any] = {"physicalLocation": {"artifactLocation": _artifact(location, run), "region": region}}
    if rd:
        place["logicalLocations"] = [{"fullyQualifiedName": plain(rd), "kind": "module"}]
    return place


def _artifact(location: Location, run: Run) -> dict[str, str]:
    address = uri(location.file, run)
    return {"uri": address} if is_address(address) else {"uri": address, "uriBaseId": "%SRCROOT%"}


def _fix(fix: Fix, location: Location, run: Run) -> dict[str, Any]:
    replacements = [{"deletedRegion": {"byteOffset": edit.start, "byteLength": edit.end - edit.start},
                     "insertedContent": {"text": exact(edit.replacement)}} for edit in fix.edits]
    return {"description": {"text": plain(fix.description)},
            "artifactChanges": [{"artifactLocation": _artifact(location, run), "replacements": replacements}]}


def _notification(finding: Finding, run: Run) -> dict[str, Any]:
    return {"level": "warning", "message": _message(finding), "associatedRule": {"id": finding.code},
            "locations": [_location(finding.location, run, finding.rd)]}


def _message(finding: Finding) -> dict[str, str]:
    """The message with its hint. SARIF 3.11 reads `{0}` as a placeholder and `[text](target)` as a link."""
    text = re.sub(r"\{(\d+)\}", r"{{\1}}", with_hint(finding))
    return {"text": re.sub(r"\[([^\[\]]*)\]\(", r"\\[\1\\](", text)}
