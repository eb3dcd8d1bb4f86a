"""The report that CI servers show as test results: a suite per RD, a case per rule that has something to say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from xml.etree import ElementTree

from dachsadmin.model.finding import Finding
from dachsadmin.model.run import CheckedRd, Run
from dachsadmin.report import text
from dachsadmin.report.order import worst_first
from dachsadmin.report.spelling import full_path, is_address, plain


def render(findings: Sequence[Finding], run: Run) -> str:
    """JUnit's XML. Findings below --fail-on pass, with their text as output; what could not be tested is skipped."""
    by_rd: dict[str, dict[str, list[Finding]]] = {rd: {} for rd in [
        *(checked.rd for checked in run.checked), *(trial.rd for trial in run.trials)]}
    for finding in sorted(findings, key=worst_first):
        by_rd.setdefault(finding.rd, {}).setdefault(finding.code, []).append(finding)
    facts = {rd.rd: rd for rd in run.checked}
    top = ElementTree.Element("testsuites", name=f"dachsadmin {run.command}")
    totals: dict[str, int] = defaultdict(int)
    for rd in sorted(by_rd):
        suite = _suite(facts.get(rd, CheckedRd(rd)), by_rd[rd], run)
        for name in ("tests", "failures", "skipped"):
            totals[name] += int(suite.get(name, "0"))
        top.append(suite)
    for name in ("tests", "failures", "skipped"):
        top.set(name, str(totals[name]))
    top.set("errors", "0")
    top.set("time", f"{run.seconds:.3f}")
    ElementTree.indent(top)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(top, encoding="unicode") + "\n"


def _suite(rd: CheckedRd, by_rule: dict[str, list[Finding]], run: Run) -> ElementTree.Element:
    suite = ElementTree.Element("testsuite", name=plain(rd.rd) or "site")
    if run.started:
        suite.set("timestamp", run.started.removesuffix("Z"))
    cases = [_case(group, run) for _code, group in sorted(by_rule.items())]
    cases += [ElementTree.Element("testcase", classname=plain(rd.rd) or "site", name=f"{code} {name}", time=f"{seconds:.3f}")
              for (code, name), seconds in sorted(_times(rd.rd, run).items()) if code not in by_rule]
    cases = cases or [ElementTree.Element("testcase", classname=plain(rd.rd) or "site", name="no findings", time="0")]
    suite.set("tests", str(len(cases)))
    suite.set("failures", str(sum(case.find("failure") is not None for case in cases)))
    suite.set("errors", "0")
    suite.set("skipped", str(sum(case.find("skipped") is not None for case in cases)))
    suite.set("time", f"{sum(_times(rd.rd, run).values()) or rd.seconds:.3f}")
    suite.extend(cases)
    return suite


def _times(rd: str, run: Run) -> dict[tuple[str, str], float]:
    """How long the checks of an RD's services took, where services were asked."""
    times: dict[tuple[str, str], float] = defaultdict(float)
    for trial in run.trials:
        if trial.rd == rd:
            times[trial.code, trial.name] += trial.seconds
    return times


def _case(group: list[Finding], run: Run) -> ElementTree.Element:
    """The test case of one rule on one RD; `group` has its findings, worst first."""
    first = group[0]
    seconds = _times(first.rd, run).get((first.code, first.name))
    case = ElementTree.Element("testcase", classname=plain(first.rd) or "site", name=f"{first.code} {first.name}",
                               time=f"{seconds:.3f}" if seconds else "0")
    if first.location.file and not is_address(first.location.file):
        case.set("file", plain(full_path(first.location.file, run)))
    if first.location.line:
        case.set("line", str(first.location.line))
    told = "\n" + text.render(group, Run(run.version, tree=run.tree, directory=run.directory))
    failing = [finding for finding in group
               if finding.tested and run.fail_on is not None and finding.severity >= run.fail_on]
    if failing:
        ElementTree.SubElement(case, "failure", type=first.severity.label, message=plain(first.message)).text = told
    elif not all(finding.tested for finding in group):
        untested = next(finding for finding in group if not finding.tested)
        ElementTree.SubElement(case, "skipped", message=plain(untested.message)).text = told
    else:
        ElementTree.SubElement(case, "system-out").text = told
    return case
