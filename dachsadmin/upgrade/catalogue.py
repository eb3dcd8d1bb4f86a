"""The release catalogue: what each release of DaCHS asks of its operators, read from the files in `releases`."""

from __future__ import annotations

import datetime
import os
import re
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal

from dachsadmin.errors import ConfigurationError, TargetError, UsageError
from dachsadmin.upgrade import detectors as _detectors  # noqa: F401 - so that their kinds are known
from dachsadmin.upgrade import rd_detectors as _rd_detectors  # noqa: F401
from dachsadmin.upgrade import reading
from dachsadmin.upgrade.commands import Command
from dachsadmin.upgrade.detector import Detector
from dachsadmin.upgrade.versions import numbers

FOLDER = Path(os.path.dirname(os.path.abspath(__file__))) / "releases"
EVERY_UPGRADE = "every-upgrade"
"""The file with what is not of one release, but rides along with upgrades: Debian, PostgreSQL, repositories."""

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
Mode = Literal["automatic", "assisted", "told"]


@dataclass(frozen=True)
class Cost:
    """How many seconds an action takes: once, for each RD that it concerns, for each million rows of its tables."""

    seconds: float = 0
    per_rd: float = 0
    per_million_rows: float = 0

    def of(self, rds: int, rows: int) -> float:
        return self.seconds + self.per_rd * rds + self.per_million_rows * rows / 1e6

    def __str__(self) -> str:
        parts = [f"{value:g} s{label}" for value, label in (
            (self.seconds, ""), (self.per_rd, " per RD"), (self.per_million_rows, " per million rows")) if value]
        return " + ".join(parts) or "no time"


@dataclass(frozen=True)
class Verification:
    """How it is seen that an action is done.

    `gone`: its detector does not find it any more; `effect`: what its command writes into the database is new;
    `operator`: only he can say; or a detector that has to apply.
    """

    how: str
    detector: Detector | None = None

    @classmethod
    def told(cls, told: Any, place: str) -> Verification:
        if told in ("gone", "effect", "operator"):
            return cls(told)
        if isinstance(told, str):
            raise reading.wrong(place, f"it cannot be {told!r}", "use gone, effect, operator or a detector")
        return cls("detector", Detector.told(told, place))


@dataclass(frozen=True)
class Action:
    """Something that a release asks for.

    `why` is for operators, in Markdown. `mode` is `automatic` where `dachs upgrade` does it, `assisted` where we can,
    `told` where only the operator can. What is `heavy` can take hours, and may wait. What is `first` has to be done
    before the new release is there. `advice` is good to know, and harms nobody who leaves it.
    """

    id: str
    title: str
    why: str
    source: str
    mode: Mode
    detect: Detector
    do: tuple[Command, ...]
    verify: Verification
    cost: Cost = Cost()
    heavy: bool = False
    first: bool = False
    advice: bool = False

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise ValueError(f"{self.id!r} is no id: write it in lower case, with dashes")
        if self.mode == "automatic" and self.do != (Command("run-dachs", ("upgrade",)),):
            raise ValueError("what is automatic is done by 'run-dachs: upgrade', and by nothing else")
        if self.heavy and self.mode == "automatic" or self.advice and (self.first or self.mode != "told"):
            raise ValueError("what is automatic cannot wait as heavy, and what is advice is only told, and not first")
        if self.mode == "assisted" and any(command.verb == "tell" for command in self.do):
            raise ValueError("what is to be told is an action of its own, of mode 'told'")


@dataclass(frozen=True)
class Release:
    """A release. `after` is the one before it, `` for the oldest; `schema` that of the database.

    `schema_known` is `measured`, or `inferred` from what its changelog and the steps of later releases say.
    """

    version: str
    released: datetime.date
    after: str
    schema: int
    schema_known: Literal["measured", "inferred"]
    actions: tuple[Action, ...]

    def __post_init__(self) -> None:
        if not numbers(self.version):
            raise ValueError(f"{self.version!r} is no version")


@dataclass(frozen=True)
class _EveryUpgrade:
    actions: tuple[Action, ...]


@dataclass(frozen=True)
class Catalogue:
    """All releases, oldest first, and what concerns every upgrade."""

    releases: tuple[Release, ...]
    every: tuple[Action, ...] = ()

    @cached_property
    def newest(self) -> str:
        return self.releases[-1].version

    @property
    def versions(self) -> tuple[str, ...]:
        return tuple(release.version for release in self.releases)

    def between(self, start: str, end: str) -> tuple[Release, ...]:
        """The releases after one version, up to and with another."""
        return tuple(release for release in self.releases if numbers(start) < numbers(release.version) <= numbers(end))

    def version(self, text: str, option: str = "") -> str:
        """A version as the catalogue has it, `2.7` for `2.7+dfsg-2`; older ones than the oldest stay what they are.

        Raises UsageError for one that `option` names, TargetError for one that was found.
        """
        wanted = numbers(text)
        known = next((version for version in self.versions if numbers(version) == wanted[:len(numbers(version))]), None)
        if known is not None:
            return known
        if wanted and wanted < numbers(self.versions[0]) and wanted[0] == 0:
            return ".".join(map(str, wanted))
        kind, where = (UsageError, f"{option}: ") if option else (TargetError, "")
        hint = f"the releases known are {', '.join(self.versions)}"
        raise kind(f"{where}there is no release {text!r} of DaCHS in the catalogue", hint)

    def schema(self, version: str) -> int:
        """The schema of the database of a release; that of the oldest known one for those before it."""
        return next((each.schema for each in self.releases if each.version == version), self.releases[0].schema)

    @property
    def actions(self) -> tuple[tuple[str, Action], ...]:
        """All actions with the version that each came with, `` for what concerns every upgrade."""
        return tuple([("", action) for action in self.every] +
                     [(release.version, action) for release in self.releases for action in release.actions])


@cache
def load(folder: Path = FOLDER) -> Catalogue:
    """The whole catalogue. Raises ConfigurationError that names file and entry, and for a gap in the chain."""
    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise ConfigurationError(f"there is no release catalogue in {folder}", "install dachsadmin again")
    read = {file.stem: _read(file) for file in files}
    every = read.pop(EVERY_UPGRADE, None)
    releases = sorted((each for each in read.values() if isinstance(each, Release)), key=lambda each: numbers(each.version))
    catalogue = Catalogue(tuple(releases), every.actions if every else ())
    _chained(catalogue, folder)
    return catalogue


def _read(file: Path) -> Any:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{file} cannot be read: {error}", "install dachsadmin again") from None
    told = reading.yaml_of(text, str(file))
    release: Any = reading.record(_EveryUpgrade if file.stem == EVERY_UPGRADE else Release, told, str(file))
    if isinstance(release, Release) and release.version != file.stem:
        raise reading.wrong(str(file), f"it is called otherwise than its version {release.version}")
    return release


def _chained(catalogue: Catalogue, folder: Path) -> None:
    before = ""
    for release in catalogue.releases:
        if release.after != before:
            raise ConfigurationError(
                f"{folder}/{release.version}.yaml: it comes after {release.after or 'nothing'}, but the release before it is "
                f"{before or 'none'}", "mend 'after', or add the release between them")
        before = release.version
    seen: set[str] = set()
    for _, action in catalogue.actions:
        if action.id in seen:
            raise ConfigurationError(f"{folder}: two actions are called {action.id}", "give one of them another id")
        seen.add(action.id)

