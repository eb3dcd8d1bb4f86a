"""The journal: every change to this installation, written down before it happens and after it has."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from dachsadmin.errors import TargetError
from dachsadmin.system.host import Host

SCHEMA_VERSION = 1
STATE = "/var/lib/dachsadmin"
BACKUPS = "/var/backups/dachsadmin"

_STEP_STATES = {"start": "started", "done": "done", "skip": "skipped", "undo-start": "being undone", "undone": "undone",
                "stays": "stays"}
_FINISHED = ("done", "undone", "partly undone")


class DamagedJournal(TargetError):
    """An entry cannot be trusted: something in the middle of it is not as we wrote it."""


@dataclass(frozen=True)
class StepRecord:
    """A step as the journal has it. `before` is what undoing needs, None while nothing has been touched.

    `state` is waiting, started, done, skipped (there was nothing to do), being undone, undone or stays (it was not
    undone, for the reason in `remark`).
    """

    id: str
    title: str
    verb: str
    arguments: Mapping[str, Any]
    state: str = "waiting"
    before: Mapping[str, Any] | None = None
    remark: str = ""


@dataclass(frozen=True)
class Entry:
    """One change of the installation, as the journal has it.

    `outcome` is done, failed, interrupted (it did not come to an end), undone, partly undone, or damaged (then `remark`
    says how, and the rest may be empty). `undoing` tells whether undoing has begun. Times are UTC, ISO 8601.
    """

    id: int
    outcome: str
    title: str = ""
    command: str = ""
    by: str = ""
    version: str = ""
    started: str = ""
    ended: str = ""
    backups: str = ""
    steps: tuple[StepRecord, ...] = ()
    command_lines: tuple[str, ...] = ()
    undoing: bool = False
    remark: str = ""

    @property
    def unfinished(self) -> bool:
        return self.outcome in ("failed", "interrupted")


@dataclass(frozen=True)
class Journal:
    """The journal of one installation: a file `ID.jsonl` per change below `state`; copies of files are in `backups`."""

    host: Host = field(repr=False)
    state: str = STATE
    backups: str = BACKUPS

    @property
    def folder(self) -> str:
        return os.path.join(self.state, "journal")

    @contextmanager
    def lock(self, purpose: str) -> Iterator[None]:
        """Be the only one that changes this installation; raises Refused."""
        self.host.demand_root(f"changing this installation ({purpose})")
        with self.host.lock(purpose, os.path.join(self.state, "lock")):
            yield

    def begin(self, title: str, steps: Sequence[Mapping[str, Any]], *, command: str, by: str, version: str) -> int:
        """Open an entry for steps ({id, title, verb, arguments}); return its number."""
        number = 1 + max((self._number(name) for name in self._names()), default=0)
        now = self.host.clock()
        head = {"event": "plan", "schema_version": SCHEMA_VERSION, "at": now.isoformat(timespec="seconds"),
                "title": title, "command": command, "by": by, "version": version, "steps": list(steps),
                "backups": os.path.join(self.backups, f"{number}-{now:%Y%m%dT%H%M%SZ}")}
        self.host.make_folder(self.folder, 0o700)
        self.host.write_atomic(self._path(number), _line(head), mode=0o600)
        return number

    def record(self, number: int, event: str, **facts: Any) -> None:
        """Add an event to an entry; it is on the disk when this returns."""
        at = self.host.clock().isoformat(timespec="seconds")
        self.host.append(self._path(number), _line({"event": event, "at": at, **facts}))

    def mend(self, number: int) -> None:
        """Cut off the half-written last line that a crash may have left."""
        content = self.host.read(self._path(number))
        if not content.endswith(b"\n"):
            self.host.write_atomic(self._path(number), content[:content.rfind(b"\n") + 1])

    def entries(self) -> list[Entry]:
        """All entries, oldest first, damaged ones included."""
        return [self._read(self._number(name)) for name in self._names()]

    def entry(self, number: int) -> Entry:
        """One entry. Raises TargetError if there is none."""
        if f"{number}.jsonl" not in self._names():
            raise TargetError(f"the journal has no change {number}", "run 'dachsadmin history' to see all changes")
        return self._read(number)

    def intact(self, number: int) -> Entry:
        """One entry that can be worked with. Raises DamagedJournal for one that cannot."""
        entry = self.entry(number)
        if entry.outcome == "damaged":
            raise DamagedJournal(f"{self._path(number)} is damaged: {entry.remark}",
                                 f"look at it, and for copies of changed files at {entry.backups or self.backups}")
        return entry

    def _names(self) -> list[str]:
        return sorted((name for name in self.host.names(self.folder) if re.fullmatch(r"[0-9]+\.jsonl", name)),
                      key=self._number)

    def _number(self, name: str) -> int:
        return int(name.partition(".")[0])

    def _path(self, number: int) -> str:
        return os.path.join(self.folder, f"{number}.jsonl")

    def _read(self, number: int) -> Entry:
        try:
            lines = self.host.read(self._path(number)).split(b"\n")[:-1]
        except TargetError as error:
            return Entry(number, "damaged", remark=error.message)
        return fold(number, lines)


def fold(number: int, lines: Sequence[bytes]) -> Entry:
    """What the lines of an entry (without a half-written last one) amount to."""
    events: list[dict[str, Any]] = []
    damage = "it is empty" if not lines else ""
    for count, line in enumerate(lines, 1):
        try:
            event = json.loads(line)
            if not isinstance(event, dict) or not isinstance(event.get("event"), str):
                raise ValueError
        except (ValueError, RecursionError):
            damage = f"line {count} is not what dachsadmin wrote"
            break
        events.append(event)
    if events and (events[0]["event"] != "plan" or not isinstance(events[0].get("steps"), list)):
        return Entry(number, "damaged", remark="line 1 is not what dachsadmin wrote")
    if events and events[0].get("schema_version") != SCHEMA_VERSION:
        return Entry(number, "damaged", remark=f"it was written by dachsadmin {events[0].get('version')}, with "
                                               f"schema_version {events[0].get('schema_version')}")
    try:
        return _folded(number, events, damage) if events else Entry(number, "damaged", remark=damage)
    except (KeyError, TypeError, AttributeError):
        return Entry(number, "damaged", remark="an event in it lacks something")


def _folded(number: int, events: Sequence[dict[str, Any]], damage: str) -> Entry:
    head = events[0]
    steps: dict[str, dict[str, Any]] = {step["id"]: dict(step) for step in head["steps"]}
    outcome, undoing, ended, remark = "interrupted", False, "", damage
    for event in events[1:]:
        kind = event["event"]
        if kind in _STEP_STATES:
            step = steps[event["step"]]
            step["state"] = _STEP_STATES[kind]
            step["remark"] = event.get("why", "")
            if kind == "start":
                step["before"] = event["before"]
        elif kind == "end":
            outcome, ended, remark = event["outcome"], event["at"], remark or event.get("why", "")
        elif kind in ("resume", "undo"):
            outcome, ended, undoing = "interrupted", "", undoing or kind == "undo"
    return Entry(
        number, "damaged" if damage else outcome, head["title"], head["command"], head["by"], head["version"],
        head["at"], ended, head["backups"], tuple(StepRecord(**step) for step in steps.values()),
        tuple(event["line"] for event in events if event["event"] == "ran"), undoing, remark)


def _line(event: Mapping[str, Any]) -> bytes:
    return json.dumps(event).encode("ascii") + b"\n"
