"""Verdicts that need not be found again: kept per RD, thrown away when anything that they depend on has changed."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from dachsadmin.model.finding import Confidence, Edit, Finding, Fix, Location, Severity
from dachsadmin.system.dachs import Dachs
from dachsadmin.system.gavorc import GavoRc

FORMAT = 1
"""Counted up when the form of an entry changes; older entries are then ignored."""
DPKG_STATUS = "/var/lib/dpkg/status"


def stamp(path: str) -> list[int] | None:
    """What the file system says of a file. The ctime is in it, which no program can set back."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return [found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns]


def digest(path: str) -> str:
    """The SHA-256 of a file's content; of a directory, of its sorted names; `absent` if there is neither."""
    try:
        if os.path.isdir(path):
            return "directory " + hashlib.sha256("\0".join(sorted(os.listdir(path))).encode(
                "utf-8", "surrogateescape")).hexdigest()
        with open(path, "rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except (OSError, ValueError):
        return "absent"


class Cache:
    """A directory of entries, one file per RD and circumstance.

    An entry is written in one piece (a temporary file, renamed) and carries a checksum, so concurrent runs, a full disk
    and broken entries do no harm: what cannot be read or does not fit is not there. `problem` says why nothing could
    be written, once.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self.problem = ""
        self.hits = 0
        self._stamps: dict[str, list[int] | None] = {}
        self._digests: dict[str, str] = {}

    def get(self, key: Mapping[str, Any]) -> dict[str, Any] | None:
        """The entry kept under `key`, if all files that it depends on are as they were."""
        path = self._path(key)
        if path is None:
            return None
        try:
            checksum, _, body = path.read_bytes().partition(b"\n")
            if checksum.decode("ascii") != hashlib.sha256(body).hexdigest():
                return None
            entry: dict[str, Any] = json.loads(body)
            if entry["key"] != json.loads(json.dumps(key)) or not all(map(self._unchanged, entry["files"])):
                return None
        except (OSError, ValueError, KeyError, TypeError):
            return None
        self.hits += 1
        return entry

    def put(self, key: Mapping[str, Any], files: Iterable[str], content: Mapping[str, Any], before: float) -> None:
        """Keep `content` under `key`. It depends on `files`; one that changed since `before` (epoch s) spoils it."""
        path = self._path(key)
        if path is None:
            return
        known = []
        for name in sorted(set(files)):
            found = stamp(name)
            if found is not None and max(found[3], found[4]) / 1e9 >= before - 0.05 and os.path.isfile(name):
                return
            known.append([name, found, digest(name)])
        try:
            body = json.dumps({"key": key, "files": known, **content}).encode()
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".new-", delete=False) as stream:
                try:
                    stream.write(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
                    stream.flush()
                    os.replace(stream.name, path)
                except BaseException:
                    os.unlink(stream.name)
                    raise
        except (OSError, ValueError) as error:
            self.problem = self.problem or f"nothing is kept in the cache {self.folder}: {error}"

    def _path(self, key: Mapping[str, Any]) -> Path | None:
        if self.folder is None:
            return None
        name = hashlib.sha256(json.dumps([FORMAT, key], sort_keys=True).encode()).hexdigest()
        return self.folder / name[:2] / name[2:]

    def _unchanged(self, known: list[Any]) -> bool:
        name, then, content = known
        if name not in self._stamps:
            self._stamps[name] = stamp(name)
        if self._stamps[name] == then:
            return True
        if name not in self._digests:
            self._digests[name] = digest(name)
        return bool(self._digests[name] == content)


def to_json(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    return [dataclasses.asdict(finding) for finding in findings]


def from_json(entries: list[dict[str, Any]]) -> list[Finding]:
    return [_finding(entry) for entry in entries]


def _finding(entry: dict[str, Any]) -> Finding:
    fix = entry["fix"]
    made: dict[str, Any] = {
        **entry, "severity": Severity(entry["severity"]), "confidence": Confidence(entry["confidence"]),
        "location": Location(**entry["location"]), "places": tuple(Location(**place) for place in entry["places"]),
        "fix": fix and Fix(fix["description"], tuple(Edit(**edit) for edit in fix["edits"]), fix["safe"])}
    return Finding(**made)


def of_dachs(dachs: Dachs, config: GavoRc) -> dict[str, Any]:
    """The part of a key that changes with DaCHS, what else is installed, and DaCHS's configuration, whichever files have it."""
    values = repr(sorted(config.values.items())).encode("utf-8", "surrogateescape")
    return {"dachs": dachs.version, "gavo": stamp(dachs.folder), "packages": stamp(DPKG_STATUS),
            "settings": hashlib.sha256(values).hexdigest()}


def rules_fingerprint() -> str:
    """Changes with every change of our own code and data: a verdict of older rules is no verdict."""
    package = Path(__file__).parents[1]
    parts = []
    for folder, folders, names in os.walk(package):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        parts += [f"{folder}/{name} {stamp(os.path.join(folder, name))}" for name in sorted(names)]
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogateescape")).hexdigest()
