"""What a check has to say: findings, where they are, and how they can be mended."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field


class Severity(enum.IntEnum):
    """How bad it is. ERROR: DaCHS fails or publishes something wrong; WARNING: users suffer; INFO: worth knowing."""

    INFO = 1
    WARNING = 2
    ERROR = 3

    @property
    def label(self) -> str:
        return self.name.lower()


class Confidence(enum.IntEnum):
    """How sure the rule is."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3

    @property
    def label(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, order=True)
class Location:
    """A place in a file, or an address.

    `file` is relative to the service tree where it can be, or a URL; `line` and `column` count from 1 (columns in characters),
    0 means unknown.
    """

    file: str
    line: int = 0
    column: int = 0


@dataclass(frozen=True)
class Edit:
    """Replace the bytes [start, end) of the RD file by `replacement` (encoded as the RD is)."""

    start: int
    end: int
    replacement: str


@dataclass(frozen=True)
class Fix:
    """How to mend a finding; only `safe` fixes are applied by `val --fix`."""

    description: str
    edits: tuple[Edit, ...]
    safe: bool = True


@dataclass(frozen=True)
class Finding:
    """One thing that a rule or DaCHS found.

    `rd` is the RD id (`lamost6/q`, `//tap`). `value` is what is wrong (a unit, a UCD, a subject): findings of one rule
    with one value in one RD are reported as one, with the further `places`. `subject` names the thing concerned
    (`table.column`, a service id), so that a finding keeps its identity when lines move. `engine` is `static`,
    `deep`, `probe` or `vosi`. `tested` is False for a could-not-test result: neither a pass nor a failure. `stands_for` counts the
    findings that one “n more” finding stands for.
    """

    code: str
    name: str
    severity: Severity
    rd: str
    location: Location
    message: str
    confidence: Confidence = Confidence.HIGH
    value: str = ""
    subject: str = ""
    hint: str = ""
    engine: str = "static"
    fix: Fix | None = None
    places: tuple[Location, ...] = field(default=())
    tested: bool = True
    stands_for: int = 1
