"""All that `dachsadmin upgrade snapshot` and `compare` do, apart from the terminal."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace

from dachsadmin.check.explain import explain
from dachsadmin.check.terminal import Terminal
from dachsadmin.errors import ExitCode, PartlyDone, TargetError
from dachsadmin.inspection import Wanted, begin
from dachsadmin.report.wording import counted
from dachsadmin.system import gavorc
from dachsadmin.system.host import Host
from dachsadmin.upgrade import contract, snapshot
from dachsadmin.upgrade.comparison import compare, comparisons, in_neither
from dachsadmin.upgrade.contract import NOT_ASKED_FOR, PARTS, Snapshot
from dachsadmin.upgrade.snapshot import Request

COMMAND = "upgrade compare"
NOW = "now"


def explained(word: str) -> str:
    """The page of a comparison, or for ALL the list of all."""
    return explain(word, comparisons(), command=COMMAND)


def keep(path: str, request: Request, terminal: Terminal, *, write: bool = True, host: Host | None = None) -> None:
    """Take a snapshot and write it to a file.

    Raises TargetError, before anything is asked, if there is no directory for it, and PartlyDone, afterwards, if not all
    that was asked for could be taken.
    """
    host = host or Host()
    folder = os.path.dirname(os.path.abspath(path))
    if not host.is_folder(folder):
        raise TargetError(f"there is no directory {folder}, to write {os.path.basename(path)} into", f"run 'mkdir -p {folder}'")
    taken = _take(request, host, terminal)
    if write:
        contract.save(path, taken, host)
    terminal.note(f"{path}: {counted(len(PARTS) - len(taken.not_taken), 'part')} of {len(PARTS)}"
                  f"{'' if write else ', not written'}")
    lacking = [PARTS[part] for part, why in taken.not_taken.items() if why != NOT_ASKED_FOR]
    if lacking:
        raise PartlyDone(f"the snapshot has no {', no '.join(lacking)}",
                         "make the server and its database answer, and take it again")


def run(before: str, after: str, request: Request, wanted: Wanted, terminal: Terminal, *,
        expected: Mapping[str, str] | None = None, host: Host | None = None) -> ExitCode:
    """Compare two snapshot files, or one with what there is now; report, and return the exit status.

    For what there is now, the same is asked for as in the first one. `expected` has reasons by patterns of differences.
    """
    host = host or Host()
    inspection = begin(COMMAND, comparisons(), wanted, host)
    was = contract.load(before, host)
    now = _take(_as_before(request, was), host, terminal) if after == NOW else contract.load(after, host)
    findings = compare(was, now, inspection.chosen, expected)
    facts = replace(inspection.facts, engines=("upgrade",), targets=(before, after))
    lacking = in_neither(was, now)
    return inspection.finish(findings, facts, terminal, notes=[f"in neither snapshot: {', '.join(lacking)}"] if lacking else [])


def _take(request: Request, host: Host, terminal: Terminal) -> Snapshot:
    taken = snapshot.take(request, host, gavorc.read(), terminal.progress)
    for why in dict.fromkeys(taken.not_taken.values()):
        lacking = [PARTS[part] for part, reason in taken.not_taken.items() if reason == why]
        terminal.note(f"not taken: {', '.join(lacking)}: {why}")
    return taken


def _as_before(request: Request, before: Snapshot) -> Request:
    """What was not asked for then is not asked for now."""
    return replace(request, tests=before.not_taken.get("tests") != NOT_ASKED_FOR,
                   val=None if before.not_taken.get("val") == NOT_ASKED_FOR else request.val)
