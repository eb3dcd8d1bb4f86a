"""The report for people and grep: one line per finding, what belongs to it indented below."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from dachsadmin.model.finding import Confidence, Finding, Location
from dachsadmin.model.run import Contributor, Run
from dachsadmin.report.order import by_place
from dachsadmin.report.spelling import path, plain
from dachsadmin.report.wording import counted

SHOWN_PLACES = 10
SHOWN_RDS = 3
"""What could not be tested for one and the same reason in more RDs than this is told once."""


def render(findings: Sequence[Finding], run: Run) -> str:
    """`file:line:column: severity: message [DA210 name]`, hints indented; empty if there is nothing to tell."""
    common: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        if not finding.tested:
            common[finding.code, finding.message].append(finding)
    told = [line for finding in sorted(findings, key=by_place)
            if finding.tested or len(common[finding.code, finding.message]) <= SHOWN_RDS
            for line in _lines(finding, run)]
    told += [line for group in common.values() if len(group) > SHOWN_RDS for line in _everywhere(group)]
    told += [f"{plain(path(rd.file, run) or rd.rd)}: can run on DaCHS {', '.join(rd.versions)}"
             for rd in run.checked if rd.versions]
    told += [f"{plain(trial.url)}: {trial.outcome}{f' after {trial.seconds:.2f} s' if trial.seconds else ''} "
             f"[{trial.code} {trial.name}]" for trial in run.trials]
    told += [f"{plain(one.url)}: {one.what}: median {one.median * 1000:.0f} ms, nine of ten within "
             f"{one.nine_of_ten * 1000:.0f} ms, slowest {one.slowest * 1000:.0f} ms ({one.count} requests)"
             for one in run.latencies]
    told += [f"{plain(one.table)} ({plain(one.rd)}): {one.state}{_rows(one)}" for one in run.contributors]
    return "".join(line + "\n" for line in told)


def _rows(one: Contributor) -> str:
    return "" if one.rows is None else f", {'' if one.exact else 'about '}{counted(one.rows, 'row')}"


def _lines(finding: Finding, run: Run) -> Iterator[str]:
    label = finding.severity.label if finding.tested else "untested"
    doubtful = finding.tested and finding.confidence is not Confidence.HIGH
    doubt = f" ({finding.confidence.label} confidence)" if doubtful else ""
    yield (f"{_place(finding.location, run, finding.rd)}: {label}: {plain(finding.message)}"
           f" [{finding.code} {finding.name}]{doubt}")
    if finding.places:
        yield f"    also at {_places(finding, run)}"
    if finding.hint:
        yield f"    hint: {plain(finding.hint)}"
    if finding.fix:
        how = "val --fix does it" if finding.fix.safe else "not done by val --fix"
        yield f"    fix: {plain(finding.fix.description)} ({how})"


def _everywhere(group: list[Finding]) -> Iterator[str]:
    first = group[0]
    rds = list(dict.fromkeys(plain(finding.rd) for finding in group))
    more = f" and {len(rds) - SHOWN_RDS} more" if len(rds) > SHOWN_RDS else ""
    number = f"{len(rds)} RDs" if len(rds) > 1 else f"{len(group)} places"
    yield (f"{number}: untested: {plain(first.message)} [{first.code} {first.name}]"
           f" ({', '.join(rds[:SHOWN_RDS])}{more})")
    if first.hint:
        yield f"    hint: {plain(first.hint)}"


def _place(location: Location, run: Run, rd: str) -> str:
    shown = plain(path(location.file, run) or rd or "site")
    if location.line and location.column:
        return f"{shown}:{location.line}:{location.column}"
    return f"{shown}:{location.line}" if location.line else shown


def _places(finding: Finding, run: Run) -> str:
    """`line 12`, `lines 12, 15 and 597 more`; files are named where they differ."""
    here = all(place.file == finding.location.file and place.line for place in finding.places)
    named = [str(place.line) if here else _place(place, run, finding.rd) for place in finding.places]
    shown, rest = named[:SHOWN_PLACES], len(named) - SHOWN_PLACES
    word = ("line " if len(named) == 1 else "lines ") if here else ""
    if rest > 0:
        return f"{word}{', '.join(shown)} and {rest} more"
    return word + " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))
