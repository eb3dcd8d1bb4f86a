"""Whether an action of a release concerns an installation: the answers, and how those of several questions are joined."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from dachsadmin.model.finding import Location
from dachsadmin.upgrade import reading

if TYPE_CHECKING:
    from dachsadmin.upgrade.facts import Absent, Facts


class Verdict(enum.Enum):
    """What a detector says; the words are those that operators read."""

    APPLIES = "applies"
    NOT = "does not apply"
    UNKNOWN = "cannot tell"


@dataclass(frozen=True)
class Evidence:
    """Something that was found: what, where (line 0 for a whole file, no file for the database), in which RD.

    `rows` are those of the table that it is about, 0 if they are not known.
    """

    text: str
    location: Location = Location("")
    rd: str = ""
    rows: int = 0

    def __str__(self) -> str:
        line = f":{self.location.line}" if self.location.line else ""
        return f"{self.location.file}{line}: {self.text}" if self.location.file else self.text


@dataclass(frozen=True)
class Answer:
    """Why an action applies or does not; what it cannot be told without."""

    verdict: Verdict
    reason: str
    evidence: tuple[Evidence, ...] = ()
    without: tuple[Absent, ...] = ()

    @property
    def applies(self) -> bool:
        return self.verdict is Verdict.APPLIES

    @property
    def rds(self) -> tuple[str, ...]:
        """The RDs that the evidence is about, sorted."""
        return tuple(sorted({each.rd for each in self.evidence if each.rd}))


def yes(reason: str, evidence: Iterable[Evidence] = ()) -> Answer:
    return Answer(Verdict.APPLIES, reason, tuple(evidence))


def no(reason: str) -> Answer:
    return Answer(Verdict.NOT, reason)


def cannot_tell(*without: Absent) -> Answer:
    names = dict.fromkeys(each.what for each in without)
    return Answer(Verdict.UNKNOWN, f"without {' and '.join(names)}", (), tuple(dict.fromkeys(without)))


class Detector:
    """A question to the facts of an installation. In YAML it is one key, its `kind`, with the fields of the class."""

    kinds: ClassVar[dict[str, type[Detector]]] = {}
    kind: ClassVar[str]
    alone: ClassVar[str] = ""
    """The field that is meant where there is a bare value instead of fields."""

    def __init_subclass__(cls) -> None:
        Detector.kinds[cls.kind] = cls

    def answer(self, facts: Facts) -> Answer:
        raise NotImplementedError

    @classmethod
    def told(cls, told: Any, place: str) -> Detector:
        if told == "always":
            return Always()
        if not isinstance(told, Mapping) or len(told) != 1:
            raise reading.wrong(place, f"a detector is one of {', '.join(cls.kinds)}, not {told!r}")
        (kind, fields), = told.items()
        if kind not in cls.kinds:
            raise reading.wrong(place, f"there is no detector {kind!r}", f"the detectors are {', '.join(cls.kinds)}")
        known = cls.kinds[kind]
        bare = bool(known.alone) and not isinstance(fields, Mapping) or issubclass(known, Not)
        return reading.record(known, {known.alone: fields} if bare else fields, f"{place}, {kind}")

    def parts(self) -> tuple[Detector, ...]:
        """The detector and all that it is made of."""
        return (self,)


@dataclass(frozen=True)
class Always(Detector):
    """It concerns everybody."""

    kind = "always"

    def answer(self, facts: Facts) -> Answer:
        return yes("it concerns every installation")


@dataclass(frozen=True)
class Not(Detector):
    """The opposite."""

    of: Detector

    kind, alone = "not", "of"

    def answer(self, facts: Facts) -> Answer:
        found = self.of.answer(facts)
        turned = {Verdict.APPLIES: Verdict.NOT, Verdict.NOT: Verdict.APPLIES, Verdict.UNKNOWN: Verdict.UNKNOWN}
        return Answer(turned[found.verdict], found.reason, (), found.without)

    def parts(self) -> tuple[Detector, ...]:
        return self, *self.of.parts()


@dataclass(frozen=True)
class AllOf(Detector):
    """All of several: one that does not apply is enough to say no, whatever cannot be told."""

    of: tuple[Detector, ...]

    kind, alone = "all", "of"

    def answer(self, facts: Facts) -> Answer:
        return _joined([each.answer(facts) for each in self.of], decisive=Verdict.NOT)

    def parts(self) -> tuple[Detector, ...]:
        return self, *(part for each in self.of for part in each.parts())


@dataclass(frozen=True)
class AnyOf(Detector):
    """At least one of several."""

    of: tuple[Detector, ...]

    kind, alone = "any", "of"

    def answer(self, facts: Facts) -> Answer:
        return _joined([each.answer(facts) for each in self.of], decisive=Verdict.APPLIES)

    def parts(self) -> tuple[Detector, ...]:
        return self, *(part for each in self.of for part in each.parts())


def _joined(answers: list[Answer], *, decisive: Verdict) -> Answer:
    """One answer of several: the decisive ones win, else what is unknown, else all together."""
    told = [each for each in answers if each.verdict is decisive]
    if not told:
        unknown = [each for each in answers if each.verdict is Verdict.UNKNOWN]
        if unknown:
            return cannot_tell(*(absent for each in unknown for absent in each.without))
        told = answers
    evidence = tuple(dict.fromkeys(one for each in told for one in each.evidence))
    return Answer(told[0].verdict, "; ".join(dict.fromkeys(each.reason for each in told)), evidence)
