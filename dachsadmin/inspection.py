"""What every command that checks does before and after: choose its checks, settle what is told, and deliver that."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Container, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic

from dachsadmin.check import baseline, grouping, verdict
from dachsadmin.check.rule import PROFILES, Some, choose, describe
from dachsadmin.check.terminal import Terminal
from dachsadmin.errors import AdminError, ExitCode, UsageError
from dachsadmin.model.finding import Finding
from dachsadmin.model.run import Run
from dachsadmin.report.formats import Report, deliver, parse_requests
from dachsadmin.report.summary import summary
from dachsadmin.system.host import Host
from dachsadmin.version import version


@dataclass(frozen=True)
class Wanted:
    """Which checks are made, and what is to be done with the findings."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    reports: tuple[str, ...] = ("text",)
    baseline: str | None = None
    update_baseline: bool = False
    grouping: bool = True
    fail_on: str = "error"


@dataclass(frozen=True)
class Told:
    """What is told of a run: its findings, grouped, its facts, and OK or FINDINGS. `note` is what became of the baseline."""

    findings: list[Finding]
    run: Run
    code: ExitCode
    note: str


@dataclass(frozen=True)
class Inspection(Generic[Some]):
    """A run that has begun, with the checks that are `chosen`; `facts` is what is known of it before they are made."""

    chosen: tuple[Some, ...]
    wanted: Wanted
    reports: tuple[Report, ...]
    facts: Run
    started: datetime
    host: Host

    def finish(self, findings: Sequence[Finding], facts: Run, terminal: Terminal, *, rds: Container[str] | None = None,
               tried: Collection[str] | None = None, complaints: Sequence[AdminError] = (),
               notes: Sequence[str] = ()) -> ExitCode:
        """Settle and deliver in one go; return the exit status."""
        return self.deliver(self.settle(findings, facts, rds=rds, tried=tried), terminal, complaints=complaints, notes=notes)

    def settle(self, findings: Sequence[Finding], facts: Run, *, rds: Container[str] | None = None,
               tried: Collection[str] | None = None) -> Told:
        """Sort out what the baseline knows, writing it if that is wanted. `facts` are those of this inspection, and more.

        A baseline entry can only vanish where there was a look: in `rds` (None: everywhere), at what the codes `tried`
        (None: all that were chosen) could test.
        """
        codes = {check.code for check in self.chosen} if tried is None else set(tried)
        codes -= {finding.code for finding in findings if not finding.tested}
        settled = baseline.settle(findings, self.wanted.baseline, baseline.Scope(rds, codes, facts.engines), self.host,
                                  write=self.wanted.update_baseline)
        run = replace(facts, seconds=(self.host.clock() - self.started).total_seconds(), baselined=settled.known,
                      vanished=settled.vanished)
        code = ExitCode.FINDINGS if verdict.fails(settled.new, facts.fail_on) else ExitCode.OK
        return Told(grouping.group(settled.new) if self.wanted.grouping else settled.new, run, code, settled.note)

    def deliver(self, told: Told, terminal: Terminal, *, complaints: Sequence[AdminError] = (),
                notes: Sequence[str] = ()) -> ExitCode:
        """Write the reports, tell what else there is to tell, and return the exit status.

        A complaint outranks findings, so that a target that is not there is seen in scripts.
        """
        deliver(self.reports, told.findings, told.run, host=self.host, stdout=sys.stdout.buffer, paint=terminal.paint)
        for error in complaints:
            terminal.complain(error)
        for text in (told.note, *notes, summary(told.findings, told.run)):
            if text:
                terminal.note(text)
        return complaints[0].exit_code if complaints else told.code


def begin(command: str, checks: tuple[Some, ...], wanted: Wanted, host: Host, *,
          profile: str = PROFILES[-1]) -> Inspection[Some]:
    """Begin a run of the checks of a command. Raises UsageError or TargetError for what cannot be done, before any work."""
    if wanted.update_baseline and not wanted.baseline:
        raise UsageError("--update-baseline needs --baseline FILE", "name the file that is to keep the known findings")
    fail_on, reports, started = verdict.least(wanted.fail_on), parse_requests(wanted.reports), host.clock()
    chosen = choose(checks, profile, list(wanted.select), list(wanted.ignore), command=command)
    facts = Run(version=version(), started=started.strftime("%Y-%m-%dT%H:%M:%SZ"), rules=tuple(map(describe, chosen)),
                fail_on=fail_on, directory=os.getcwd(), command=command)
    return Inspection(chosen, wanted, reports, facts, started, host)
