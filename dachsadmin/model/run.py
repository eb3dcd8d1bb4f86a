"""What there is to tell about a run as a whole: when, with what, over which RDs and by which rules."""

from __future__ import annotations

from dataclasses import dataclass

from dachsadmin.model.finding import Confidence, Severity


@dataclass(frozen=True)
class RuleText:
    """A rule as its documentation has it. `see` are URLs, or standards with their sections."""

    code: str
    name: str
    severity: Severity
    profile: str = "publish"
    since: str = ""
    confidence: Confidence = Confidence.HIGH
    title: str = ""
    why: str = ""
    bad: str = ""
    good: str = ""
    see: tuple[str, ...] = ()


@dataclass(frozen=True)
class CheckedRd:
    """An RD that was checked. `versions` are the DaCHS versions that it can run on, if that was asked for."""

    rd: str
    file: str = ""
    seconds: float = 0.0
    cached: bool = False
    versions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trial:
    """One check of a running server, made on one of its services, or of documents.

    `subject` is the service, whatever the server's address; `rd` is `` for the server as a whole. `outcome` is ok,
    untested, or the label of the worst severity that was found.
    """

    code: str
    name: str
    url: str
    rd: str
    subject: str
    seconds: float
    outcome: str


@dataclass(frozen=True)
class Latency:
    """How long a server took for one and the same request, in seconds: the median, nine of ten, and the slowest."""

    what: str
    url: str
    count: int
    median: float
    nine_of_ten: float
    slowest: float


@dataclass(frozen=True)
class Contributor:
    """A table that contributes to ivoa.obscore.

    `rows` is None where they cannot be counted, and an estimate unless `exact`. `state` is current, outdated (not in the
    view as it is), broken, in use (it could not be tried), in quarantine, or materialised (nobody can tell).
    """

    table: str
    rd: str
    rows: int | None
    exact: bool
    state: str


@dataclass(frozen=True)
class TableVerdict:
    """Whether the published metadata of a table is current, stale, broken, or untested."""

    table: str
    rd: str
    verdict: str


@dataclass(frozen=True)
class Run:
    """One run of a check.

    `started` is UTC as ISO 8601 (`2026-03-01T12:00:00Z`). `dachs` is the version that did the deep validation (`` if
    none did), `language` the one whose RD language the static rules speak. `rules` are those that were looked at.
    `tree` is what relative files of findings are relative to, `directory` where the command was called: reports name
    files relative to the latter where they stand below it, since that is what CI services and editors want. Both are
    absolute or ``. `fail_on` is None if no finding is to fail the run. `baselined` and `silenced` count findings that
    the baseline and inline ignores keep quiet, `vanished` baseline entries that were not found any more. `command` is
    the command that ran; where that is `probe`, `trials` and `latencies` tell what was asked, and nothing is in `checked`;
    where it is `vosi check`, `trials` are the checks, and documents are in `checked`.
    """

    version: str
    started: str = ""
    seconds: float = 0.0
    checked: tuple[CheckedRd, ...] = ()
    targets: tuple[str, ...] = ()
    profile: str = "publish"
    engines: tuple[str, ...] = ("static",)
    dachs: str = ""
    language: str = ""
    rules: tuple[RuleText, ...] = ()
    fail_on: Severity | None = Severity.ERROR
    tree: str = ""
    directory: str = ""
    baselined: int = 0
    vanished: int = 0
    silenced: int = 0
    command: str = "val"
    trials: tuple[Trial, ...] = ()
    latencies: tuple[Latency, ...] = ()
    contributors: tuple[Contributor, ...] = ()
    tables: tuple[TableVerdict, ...] = ()

    @property
    def rds_checked(self) -> int:
        return len(self.checked)

    @property
    def cache_hits(self) -> int:
        return sum(rd.cached for rd in self.checked)
