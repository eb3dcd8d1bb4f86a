"""The numbers of a run, and the one line that tells them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dachsadmin.model.finding import Finding, Severity
from dachsadmin.model.run import Run
from dachsadmin.report.wording import counted


@dataclass(frozen=True)
class Counts:
    """How many findings of each kind there are, those behind a repeat cap included."""

    errors: int
    warnings: int
    information: int
    untested: int


def count(findings: Sequence[Finding]) -> Counts:
    def of(severity: Severity) -> int:
        return sum(finding.stands_for for finding in findings if finding.tested and finding.severity is severity)

    untested = sum(finding.stands_for for finding in findings if not finding.tested)
    return Counts(of(Severity.ERROR), of(Severity.WARNING), of(Severity.INFO), untested)


def summary(findings: Sequence[Finding], run: Run) -> str:
    """`12 RDs checked: 2 errors, 3 could not be tested; 4 findings in the baseline; 1.2 s, 9 from cache`."""
    counts = count(findings)
    found = [_number(counts.errors, "error"), _number(counts.warnings, "warning"),
             f"{counts.information} information" if counts.information else "",
             f"{counts.untested} could not be tested" if counts.untested else ""]
    quiet = [_number(run.baselined, "finding") + " in the baseline" if run.baselined else "",
             f"{run.silenced} ignored in the RDs" if run.silenced else "",
             _number(run.vanished, "baseline entry", "baseline entries") + " gone" if run.vanished else ""]
    time = f"{run.seconds:.1f} s" + (f", {run.cache_hits} from cache" if run.cache_hits else "")
    told = ", ".join(filter(None, found)) or "no findings"
    done = f"{_number(run.rds_checked, 'RD') or 'no RD'} checked"
    if run.command == "probe":
        services = len({(trial.rd, trial.subject) for trial in run.trials})
        done = f"{_number(len(run.trials), 'check') or 'no check'} of {_number(services, 'service') or 'no service'}"
    elif run.engines == ("upgrade",):
        done = counted(len(run.rules), "check")
    elif run.trials:
        done = f"{_number(len(run.trials), 'check')} of {_number(run.rds_checked, 'document') or 'no document'}"
    return "; ".join(filter(None, [f"{done}: {told}", *quiet, time]))


def _number(number: int, one: str, many: str = "") -> str:
    """`` for none."""
    return counted(number, one, many) if number else ""
