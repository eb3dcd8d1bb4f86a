"""From raw findings to what is told: ignores, baseline, grouping, and the facts of the run."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dachsadmin.check import baseline, grouping
from dachsadmin.check.rule import describe
from dachsadmin.errors import ExitCode
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.model.run import CheckedRd, Run
from dachsadmin.system.host import Host
from dachsadmin.val import engine, ignores
from dachsadmin.val.rule import Rule
from dachsadmin.version import version


@dataclass(frozen=True)
class Judged:
    """What is told of a run, and its exit status."""

    findings: list[Finding]
    run: Run
    code: ExitCode
    notes: list[str]


@dataclass(frozen=True)
class Quiet:
    """What keeps findings quiet: a baseline file (`update` writes it), and whether alike findings become one."""

    baseline: str | None = None
    update: bool = False
    grouping: bool = True


def judge(outcome: engine.Outcome, request: engine.Request, chosen: Sequence[Rule], *, host: Host, quiet: Quiet,
          fail_on: Severity | None, started: datetime) -> Judged:
    """Sort out what is told, and decide the exit status. Writes the baseline file if that is asked for."""
    kept, silenced = _without_ignored(outcome, outcome.ran(chosen))
    settled = baseline.settle(kept, quiet.baseline, lambda before: _scope(outcome, request, chosen, before), host,
                              write=quiet.update)
    kept = settled.new
    code = engine.exit_code(kept, outcome, fail_on)
    findings = grouping.group(kept) if quiet.grouping else kept
    run = Run(
        version=version(), started=started.strftime("%Y-%m-%dT%H:%M:%SZ"), seconds=(host.clock() - started).total_seconds(),
        checked=tuple(CheckedRd(rd, outcome.shown.get(rd, ""), cached=rd in outcome.cached,
                                versions=outcome.versions.get(rd, ())) for rd in sorted(outcome.paths)),
        targets=request.words, profile=request.profile, engines=outcome.engines, dachs=outcome.dachs_version,
        language=outcome.language, rules=tuple(map(describe, chosen)), fail_on=fail_on, tree=outcome.tree, directory=os.getcwd(),
        baselined=settled.known, vanished=settled.vanished, silenced=silenced)
    return Judged(findings, run, code, [*outcome.notes, *filter(None, [settled.note])])


def _scope(outcome: engine.Outcome, request: engine.Request, chosen: Sequence[Rule],
           before: baseline.Baseline) -> baseline.Scope:
    """What this run looked at: not at an RD that is no XML, and not with rules that could not test something.

    A run over the whole tree also knows which RDs are no longer there.
    """
    untested = {finding.code for finding in outcome.findings if not finding.tested}
    rds = {rd_id for rd_id in outcome.paths
           if (document := outcome.documents.get(rd_id)) is None or document.root is not None}
    if outcome.whole_site:
        rds.add("")
    if "ALL_RECURSE" in request.words and not request.shard and not request.changed_since:
        rds |= {entry.rd for entry in before.entries.values() if not entry.rd.startswith("//")} - set(outcome.paths)
    return baseline.Scope(rds, {rule.code for rule in outcome.ran(chosen)} - untested, outcome.engines)


def _without_ignored(outcome: engine.Outcome, ran: Sequence[Rule]) -> tuple[list[Finding], int]:
    """The findings that no comment in an RD silences, and how many others there are."""
    by_rd: dict[str, list[Finding]] = {rd_id: [] for rd_id in outcome.documents}
    for finding in outcome.findings:
        by_rd.setdefault(finding.rd, []).append(finding)
    kept, silenced = [], 0
    for rd_id, findings in by_rd.items():
        document = outcome.documents.get(rd_id)
        if document is None or document.root is None:
            kept += findings
        else:
            told, quiet = ignores.silence(findings, document, ran=ran)
            kept += told
            silenced += len(quiet)
    return kept, silenced
