"""`val --fix`: apply the safe fixes of findings to RDs until none is left."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from dachsadmin.check import suppress
from dachsadmin.errors import AdminError, TargetError
from dachsadmin.model.finding import Finding, Fix
from dachsadmin.rd.document import Document, parse
from dachsadmin.rd.edit import Edited, apply, diff, fault
from dachsadmin.system.host import Host

ROUNDS = 10


@dataclass(frozen=True)
class Mended:
    """What --fix makes of one RD. `skipped` tells why a safe fix was not applied."""

    document: Document
    raw: bytes
    applied: tuple[Finding, ...] = ()
    skipped: tuple[tuple[Finding, str], ...] = ()

    @property
    def changed(self) -> bool:
        return self.raw != self.document.raw

    def diff(self) -> bytes:
        return diff(self.document.raw, self.raw, self.document.file)


def mend(document: Document, findings: Iterable[Finding],
         check: Callable[[Document], Iterable[Finding]]) -> Mended:
    """Apply the safe fixes among `findings`, check the result again, and so on until no fix is left.

    `findings` and what `check` returns are not grouped; what a comment in the RD silences is not mended. Nothing is
    written. Fixes that undo each other, or that never come to an end, change nothing at all.
    """
    current, applied, seen = document, list[Finding](), {document.raw}
    for _round in range(ROUNDS):
        wanted = [(finding, finding.fix) for finding in suppress.apply(findings, current).kept
                  if finding.fix and finding.fix.safe]
        edited, reasons = _safely(current, [fix for _finding, fix in wanted])
        done = [finding for finding, fix in wanted if fix in edited.applied]
        skipped = tuple((finding, reasons[fix]) for finding, fix in wanted if fix in reasons)
        if not done:
            return Mended(document, current.raw, tuple(applied), skipped)
        applied += done
        if edited.raw in seen:
            break
        seen.add(edited.raw)
        current = parse(edited.raw, document.rd_id, document.file)
        findings = list(check(current))
    return Mended(document, document.raw, (), tuple((finding, "the fixes never come to an end") for finding in applied))


def write(mends: Mapping[str, Mended], host: Host) -> list[AdminError]:
    """Write the RDs that changed, by absolute path, each in one piece and with its owner and mode; return the failures.

    A file that is no longer what was checked is left alone.
    """
    failures: list[AdminError] = []
    for path, mended in mends.items():
        if not mended.changed:
            continue
        try:
            if host.read(path) != mended.document.raw:
                raise TargetError(f"{path} has changed since it was checked", "run it again")
            host.write_atomic(path, mended.raw)
        except AdminError as error:
            failures.append(error)
    return failures


def _safely(document: Document, fixes: list[Fix]) -> tuple[Edited, dict[Fix, str]]:
    """Apply what can be applied together; one that would do more than it says is left out, with the reason."""
    edited = apply(document, fixes)
    reasons = dict(edited.skipped)
    if not fault(document, edited):
        return edited, reasons
    good: list[Fix] = []
    for fix in edited.applied:
        reason = fault(document, apply(document, [*good, fix]))
        if reason:
            reasons[fix] = reason
        else:
            good.append(fix)
    return apply(document, good), reasons
