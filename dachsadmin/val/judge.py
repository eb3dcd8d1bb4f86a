"""From raw findings to what is told: what comments in RDs silence, what was looked at, and the facts of the run."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from dachsadmin.inspection import Inspection, Told
from dachsadmin.model.finding import Finding
from dachsadmin.model.run import CheckedRd
from dachsadmin.val import engine, ignores
from dachsadmin.val.rule import Rule


@dataclass(frozen=True)
class _Seen:
    """The RDs that a run has looked at; with `whole_tree`, also those that are no longer there."""

    rds: Collection[str]
    checked: Collection[str]
    whole_tree: bool

    def __contains__(self, rd: object) -> bool:
        gone = self.whole_tree and rd not in self.checked and not str(rd).startswith("//")
        return gone or rd in self.rds


def judge(outcome: engine.Outcome, request: engine.Request, inspection: Inspection[Rule]) -> Told:
    """Sort out what is told. Writes the baseline file if that is asked for."""
    ran = outcome.ran(inspection.chosen)
    kept, silenced = _without_ignored(outcome, ran)
    facts = replace(
        inspection.facts, targets=request.words, profile=request.profile, engines=outcome.engines,
        checked=tuple(CheckedRd(rd, outcome.shown.get(rd, ""), cached=rd in outcome.cached,
                                versions=outcome.versions.get(rd, ())) for rd in sorted(outcome.paths)),
        dachs=outcome.dachs_version, language=outcome.language, tree=outcome.tree, silenced=silenced)
    return inspection.settle(kept, facts, rds=_seen(outcome, request), tried={rule.code for rule in ran})


def _seen(outcome: engine.Outcome, request: engine.Request) -> _Seen:
    """All RDs of this run, but for those that are no XML."""
    rds = {rd_id for rd_id in outcome.paths
           if (document := outcome.documents.get(rd_id)) is None or document.root is not None}
    if outcome.whole_site:
        rds.add("")
    whole_tree = "ALL_RECURSE" in request.words and not request.shard and not request.changed_since
    return _Seen(rds, outcome.paths, whole_tree)


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
