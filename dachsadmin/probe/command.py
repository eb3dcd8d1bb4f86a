"""All that `dachsadmin probe` does, apart from the terminal."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

from dachsadmin.check.explain import explain
from dachsadmin.check.terminal import Terminal
from dachsadmin.client.schemata import installed
from dachsadmin.errors import AdminError, ExitCode, TargetError, UsageError
from dachsadmin.inspection import Wanted, begin
from dachsadmin.probe import engine
from dachsadmin.probe.engine import Request
from dachsadmin.system import dachs, gavorc
from dachsadmin.system.host import Host


def explained(word: str) -> str:
    """The page of a check, or for ALL the list of all checks."""
    return explain(word, engine.checks(), command="probe")


def address(url: str | None) -> str:
    """The root of the server that is meant: without a URL, the one that gavo.rc of this machine describes."""
    found = (url or gavorc.read().get("web", "serverURL")).rstrip("/")
    if "://" not in found:
        found = f"http://{found}"
    if not found.startswith(("http://", "https://")):
        raise UsageError(f"{url} is no address of a web server", "write it as http://localhost:8080")
    return found.removesuffix("/tap")


def run(request: Request, wanted: Wanted, terminal: Terminal, *, interpreter: str = dachs.INTERPRETER,
        memory: Path | None = None, host: Host | None = None) -> ExitCode:
    """Ask, report, and return the exit status.

    `interpreter` is the Python that may have a DaCHS with XML schemata; `memory` is the folder where the identifiers of
    registries are remembered.
    """
    host = host or Host()
    inspection = begin("probe", engine.checks(), wanted, host)
    place = _memory(memory, request.url)
    request = replace(request, schemata=installed(host, interpreter), remembered=_recall(place, host))
    outcome = engine.run(request, inspection.chosen, host, terminal.progress)
    facts = replace(inspection.facts, targets=(request.url, *filter(None, (request.service,))), engines=("probe",),
                    trials=tuple(outcome.trials), latencies=tuple(outcome.latencies))
    code = inspection.finish(outcome.findings, facts, terminal, rds={trial.rd for trial in outcome.trials},
                             tried={trial.code for trial in outcome.trials},
                             complaints=[outcome.broken] if outcome.broken else [])
    if place is not None and outcome.identifiers is not None:
        _remember(place, outcome.identifiers, host, terminal)
    return code


def _memory(folder: Path | None, url: str) -> Path | None:
    """The file that remembers the identifiers of a server's registry."""
    return folder / f"registry-{hashlib.sha256(url.encode()).hexdigest()[:16]}.json" if folder else None


def _recall(place: Path | None, host: Host) -> tuple[str, ...] | None:
    if place is None or not host.exists(str(place)):
        return None
    try:
        told = json.loads(host.text(str(place)))["identifiers"]
        return tuple(map(str, told))
    except (TargetError, ValueError, LookupError, TypeError):
        return None


def _remember(place: Path, identifiers: tuple[str, ...], host: Host, terminal: Terminal) -> None:
    try:
        host.make_folder(str(place.parent))
        host.write_atomic(str(place), json.dumps({"identifiers": identifiers}, indent=1) + "\n")
    except AdminError as error:
        terminal.note(f"the identifiers of the registry are not remembered: {error.message}")
