"""Makes the checks on what was got of a server, or out of files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from dachsadmin.check.rule import discover
from dachsadmin.errors import AdminError, EnvironmentFault
from dachsadmin.model.finding import Finding, Location, Severity
from dachsadmin.model.run import CheckedRd, Trial
from dachsadmin.vosi.conformance.check import Check
from dachsadmin.vosi.conformance.publication import Publication


@dataclass
class Outcome:
    """What came of it. `broken` is why nothing, or not all, could be asked; `left_out` counts tables not looked at."""

    findings: list[Finding] = field(default_factory=list)
    trials: list[Trial] = field(default_factory=list)
    checked: tuple[CheckedRd, ...] = ()
    broken: AdminError | None = None
    left_out: int = 0


def checks() -> tuple[Check, ...]:
    """All checks, by their codes."""
    return tuple(check for check in discover("dachsadmin.vosi.conformance.checks") if isinstance(check, Check))


def run(publication: Publication, chosen: Sequence[Check]) -> Outcome:
    """Look at all documents."""
    documents = [*publication.documents, *filter(None, (publication.bogus, publication.unknown))]
    outcome = Outcome(checked=tuple(CheckedRd("", document.place) for document in documents), left_out=publication.left_out)
    for check in chosen:
        if not check.of_servers or publication.served:
            _make(check, publication, outcome)
    if publication.given_up:
        outcome.broken = EnvironmentFault(f"{publication.place} does not answer in time any more",
                                          "look whether it is busy, or give it more time with --timeout")
    return outcome


def not_reached(place: str, error: AdminError) -> Outcome:
    """What there is to tell of a server that does not answer, or of something that is no service."""
    name = "service-not-reached" if isinstance(error, EnvironmentFault) else "not-a-service"
    check = next(check for check in checks() if check.name == name)
    found = Finding(code=check.code, name=check.name, severity=check.severity, rd="", location=Location(place),
                    message=error.message, hint=error.hint, engine="vosi")
    return Outcome([found], [Trial(check.code, check.name, place, "", "", 0, check.severity.label)], broken=error)


def _make(check: Check, publication: Publication, outcome: Outcome) -> None:
    wanted = [document for document in publication.documents if document.kind in check.wants]
    if check.wants and not wanted:
        return
    if wanted and not check.sees_faults and not publication.understood(*check.wants):
        found = [check.untested(publication.place, f"not looked at, since {wanted[0].fault}")]
    else:
        found = list(check.check(publication))
    tested = [finding.severity for finding in found if finding.tested]
    worst: Severity | None = max(tested) if tested else None
    outcome.findings += found
    outcome.trials.append(Trial(check.code, check.name, publication.place, "", "", 0,
                                worst.label if worst else "untested" if found else "ok"))
