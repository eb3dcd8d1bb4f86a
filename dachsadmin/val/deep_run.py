"""The deep engine's runs: DaCHS's own validation, asked only where no kept verdict still holds."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from dachsadmin.check.cache import Cache, from_json, of_dachs, stamp, to_json
from dachsadmin.model.finding import Finding
from dachsadmin.rd.document import Document
from dachsadmin.system.dachs import Dachs
from dachsadmin.system.gavorc import GavoRc
from dachsadmin.system.worker.client import DeepResult, Options, Pool, WorkerSettings
from dachsadmin.val.deep import to_findings

_MISHAPS = frozenset({"crash", "killed", "timeout", "memory"})


@dataclass(frozen=True)
class Place:
    """Where DaCHS's validation runs: which DaCHS, on which configuration and database.

    `open` makes it ready (a throw-away database takes seconds, so it is made only if an RD really has to be validated).
    `fingerprint` gives what the database looks like now; a verdict that read the database holds only while it stays the
    same. `kind` tells apart verdicts from different places: `configured` or `scratch`. `etc` are the directories where
    defaultmeta.txt and userconfig.rd are looked for, whether or not they are there.
    """

    kind: str
    dachs: Dachs
    config: GavoRc
    open: Callable[[], AbstractContextManager[WorkerSettings]]
    fingerprint: Callable[[], str]
    etc: tuple[Path, ...]


@dataclass(frozen=True)
class DeepVerdict:
    """What DaCHS says of one RD, and whether that was found just now."""

    rd_id: str
    verdict: str
    findings: list[Finding]
    cached: bool
    tests: Mapping[str, Any] = field(default_factory=dict)


def run(rds: Mapping[str, Document | None], place: Place, options: Options, cache: Cache,
        circumstance: Mapping[str, Any]) -> Iterator[DeepVerdict]:
    """Validate RDs by id (None for a built-in one, whose text is DaCHS's). Yields in the order they finish."""
    wanted = []
    for rd_id in rds:
        entry = cache.get(_key(rd_id, place, options, circumstance)) if not options.run_tests else None
        if entry is not None and entry["database"] in ("", place.fingerprint()):
            yield DeepVerdict(rd_id, entry["verdict"], from_json(entry["findings"]), cached=True)
        else:
            wanted.append(rd_id)
    if not wanted:
        return
    before = time.time()
    with place.open() as settings, Pool(settings) as pool:
        for result in pool.validate(wanted, options):
            findings = list(to_findings(result, rds.get(result.rd_id)))
            if _may_be_kept(result) and not options.run_tests:
                files = {*_lasting(result.dependencies, place, settings), *_surroundings(place)}
                cache.put(_key(result.rd_id, place, options, circumstance), files, {
                    "verdict": result.verdict, "findings": to_json(findings),
                    "database": place.fingerprint() if result.read_database else ""}, before)
            yield DeepVerdict(result.rd_id, result.verdict, findings, cached=False)


def _key(rd_id: str, place: Place, options: Options, circumstance: Mapping[str, Any]) -> dict[str, Any]:
    return {**circumstance, "kind": "deep", "place": place.kind, "rd": rd_id, "options": asdict(options),
            **of_dachs(place.dachs, place.config), "vocabularies": _vocabularies(place.config)}


def _may_be_kept(result: DeepResult) -> bool:
    """A worker that was killed or ran out of time or memory may do better next time, and so may what is untested.

    The arrival of a vocabulary is seen in the key.
    """
    return not any((message.untested and message.family != "vocabulary") or message.family in _MISHAPS
                   for message in result.messages)


def _lasting(paths: Iterable[str], place: Place, settings: WorkerSettings) -> set[str]:
    """The files behind what a worker saw, without those of a throw-away configuration, which are made from others."""
    passing = os.path.dirname(settings.environment.get("GAVOSETTINGS", "")) + "/" if place.kind == "scratch" else "\0"
    return {os.path.realpath(path) for path in paths if not path.startswith(passing)}


def _surroundings(place: Place) -> list[str]:
    """Files that every verdict depends on."""
    return [str(folder / name) for folder in place.etc for name in ("defaultmeta.txt", "userconfig.rd")]


def _vocabularies(config: GavoRc) -> list[tuple[str, list[int] | None]]:
    """What DaCHS has in its cache from ivoa.net/rdf: what a missing vocabulary hid, its arrival shows."""
    folder = str(config.path("cacheDir"))
    try:
        names = sorted(name for name in os.listdir(folder) if name.startswith("http"))
    except OSError:
        return []
    return [(name, stamp(os.path.join(folder, name))) for name in names]
