"""Compares two snapshots of a data centre: what is gone, what is new, and what fails now; the base of the comparisons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

from dachsadmin.check import rule
from dachsadmin.model.finding import Finding, Location, Severity
from dachsadmin.upgrade.contract import NOT_ASKED_FOR, PARTS, Capability, Column, Snapshot, Table, Trial
from dachsadmin.vosi.status.check import shown


@dataclass(frozen=True)
class Difference:
    """What differs of a table or column: for everything that is told of it, the places that do, such as TAP_SCHEMA."""

    rd: str
    subject: str
    told: Mapping[str, tuple[str, ...]]

    @property
    def where(self) -> str:
        """`TAP_SCHEMA, /tap/tables and the database`."""
        return _listed([place for places in self.told.values() for place in places])

    @property
    def changes(self) -> str:
        """`unit was 'deg' and is 'rad' (TAP_SCHEMA and /tap/tables)`."""
        return "; ".join(f"{what} ({_listed(places)})" for what, places in self.told.items())


def _listed(texts: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(texts[:-1]), texts[-1]]))


@dataclass(frozen=True)
class Rows:
    """How many rows a table had and has, or, `in_obscore`, its part of ivoa.obscore; an estimate unless `exact`."""

    table: str
    was: int
    now: int
    exact: bool
    in_obscore: bool = False

    @property
    def subject(self) -> str:
        return f"ivoa.obscore: {self.table}" if self.in_obscore else self.table

    @property
    def message(self) -> str:
        about = "" if self.exact else "about "
        who, of = ("ivoa.obscore", f" of {self.table}") if self.in_obscore else (self.table, "")
        return f"{who} had {about}{self.was} rows{of}, and has {about}{self.now}"


_UNSURE = 20
"""An estimate is wrong by one in so many, at times."""


@dataclass(frozen=True)
class Pair:
    """Two snapshots of one data centre."""

    before: Snapshot
    after: Snapshot

    def both(self, part: str) -> bool:
        """Whether both snapshots have a part."""
        return getattr(self.before, part) is not None and getattr(self.after, part) is not None

    def of(self, part: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """A part of both snapshots; nothing to compare where one of them does not have it."""
        return (getattr(self.before, part), getattr(self.after, part)) if self.both(part) else ({}, {})

    def trials(self) -> Iterator[tuple[Trial | None, Trial]]:
        """The checks of probe that were made now, each with the same one before."""
        if self.both("probe"):
            known = {(one.code, one.rd, one.subject): one for one in self.before.probe or ()}
            yield from ((known.get((one.code, one.rd, one.subject)), one) for one in self.after.probe or ())

    @cached_property
    def tables(self) -> tuple[tuple[str, Mapping[str, Table], Mapping[str, Table]], ...]:
        """Where tables are told of: the place, and the tables before and after, by their names there."""
        places = (("tap_schema", "TAP_SCHEMA"), ("tap_tables", "/tap/tables"), ("relations", "the database"))
        return tuple((place, _tables(self.before, part), _tables(self.after, part)) for part, place in places
                     if self.both(part))

    @cached_property
    def rds(self) -> Mapping[str, str]:
        """The RDs of tables, by plain names."""
        return {plain(name): table.rd for snapshot in (self.before, self.after)
                for part in (snapshot.relations, snapshot.tap_schema) for name, table in (part or {}).items()}

    def rd_of(self, table: str) -> str:
        """The RD that a table belongs to, `` if DaCHS knows of none."""
        return self.rds.get(plain(table), "")

    def gone_tables(self) -> list[Difference]:
        return self._merged((place, name, name, "") for place, was, now in self.tables for name in was if name not in now)

    def new_tables(self) -> list[Difference]:
        return Pair(self.after, self.before).gone_tables()

    def gone_columns(self) -> list[Difference]:
        """Of tables that are still there."""
        return self._merged((place, name, f"{name}.{column}", "") for place, was, now in self.tables for name in was
                            if name in now for column in was[name].columns if column not in now[name].columns)

    def new_columns(self) -> list[Difference]:
        return Pair(self.after, self.before).gone_columns()

    def changed_columns(self, *facts: str) -> list[Difference]:
        """What is told of columns that are still there, and is not the same."""
        return self._merged(
            (place, name, f"{name}.{column}", changed) for place, was, now in self.tables for name in was if name in now
            for column, one in was[name].columns.items() if column in now[name].columns
            if (changed := _changed(one, now[name].columns[column], facts)))

    def changed_tables(self, *facts: str) -> list[Difference]:
        """What is told of tables that are still there, and is not the same."""
        return self._merged((place, name, name, changed) for place, was, now in self.tables for name in was if name in now
                            if (changed := _changed(was[name], now[name], facts)))

    def gone_features(self) -> Iterator[tuple[str, str]]:
        """What services that are still there could do, and cannot now: the service, and what it is."""
        before, after = self.of("services")
        for service in sorted(set(before) & set(after)):
            for name, capability in sorted(before[service].items()):
                yield from ((service, what) for what in _lost(name, capability, after[service].get(name)))

    def new_features(self) -> Iterator[tuple[str, str]]:
        return Pair(self.after, self.before).gone_features()

    def rows(self) -> Iterator[Rows]:
        """Where the number of rows has changed; the tables and sources are those that were there before."""
        before, after = self.of("obscore")
        for source, was in before.items():
            if after.get(source, 0) != was:
                yield Rows(source, was, after.get(source, 0), True, in_obscore=True)
        before, after = self.of("relations")
        for name in sorted(set(before) & set(after) - ({"ivoa.obscore"} if self.both("obscore") else set())):
            old, new = before[name], after[name]
            if old.rows is not None and new.rows is not None:
                exact = old.exact and new.exact
                if abs(new.rows - old.rows) > (0 if exact else old.rows / _UNSURE):
                    yield Rows(name, old.rows, new.rows, exact)

    def not_counted(self) -> Iterator[str]:
        """Tables whose rows were known before, and are not now."""
        before, after = self.of("relations")
        return (name for name in sorted(set(before) & set(after)) if before[name].rows is not None and after[name].rows is None)

    def _merged(self, found: Iterable[tuple[str, str, str, str]]) -> list[Difference]:
        """Differences by subject, of (place, table, subject, what); names are in quotes in some places only."""
        merged: dict[str, tuple[str, str, dict[str, tuple[str, ...]]]] = {}
        for place, table, subject, what in found:
            _, _, told = merged.setdefault(plain(subject), (table, subject, {}))
            if any(place in places for places in told.values()):  # names that differ in case or quotes only
                _, _, told = merged.setdefault(subject, (table, subject, {}))
            told[what] = (*told.get(what, ()), place)
        return [Difference(self.rd_of(table), subject, told) for _, (table, subject, told) in sorted(merged.items())]


def _tables(snapshot: Snapshot, part: str) -> Mapping[str, Table]:
    if part == "relations":
        return {name: Table({column: Column(kind) for column, kind in relation.columns.items()})
                for name, relation in (snapshot.relations or {}).items()}
    found: Mapping[str, Table] = getattr(snapshot, part)
    return found


def _lost(name: str, was: Capability, now: Capability | None) -> Iterator[str]:
    """What of a capability is gone; all of it, if that is so."""
    if now is None:
        yield f"capability {name}"
        return
    for fact, told in (("interfaces", "interface"), ("models", "data model"), ("languages", "query language"),
                       ("functions", "function")):
        yield from (f"{told} {one} of {name}" for one in getattr(was, fact) if one not in getattr(now, fact))


def rd_of_service(service: str) -> str:
    """`lamost6/q` of `lamost6/q/ssa`."""
    return shown(service.rpartition("/")[0])


def rd_of_record(identifier: str) -> str:
    """`lamost6/q` of `ivo://org.example/lamost6/q/ssa`."""
    return rd_of_service(identifier.removeprefix("ivo://").partition("/")[2])


def plain(name: str) -> str:
    """A name that is the same in all places."""
    return name.replace('"', "").lower()


def _changed(was: object, now: object, facts: Sequence[str]) -> str:
    """`unit was 'deg' and is 'rad', ucd was 'pos' and is nothing`; `` if nothing has changed."""
    return ", ".join(f"{fact} was {shortened(getattr(was, fact))} and is {shortened(getattr(now, fact))}" for fact in facts
                     if getattr(was, fact) != getattr(now, fact))


def shortened(value: object) -> str:
    """A value as a message shows it."""
    text = ", ".join(value) if isinstance(value, tuple) else str(value)
    return repr(text if len(text) <= 60 else f"{text[:57]}...") if text else "nothing"


class Comparison(rule.Rule):
    """One kind of difference.

    `code` is DD and three digits, never used again; the first digit is 1 for tables and columns, 2 for rows, 3 for services,
    4 for the registry, 5 for what is tested, 6 for versions, 9 for what could not be compared. The class docstring is its
    page: a sentence, why and what to do, and `See:`.
    """

    def compare(self, pair: Pair) -> Iterator[Finding]:
        """Yield the differences of what both snapshots have."""
        raise NotImplementedError

    def finding(self, subject: str, message: str, *, rd: str = "", hint: str = "", severity: Severity | None = None,
                tested: bool = True) -> Finding:
        """A difference; `subject` is what differs, by a name that lasts."""
        return Finding(code=self.code, name=self.name, severity=self.severity if severity is None else severity, rd=rd,
                       location=Location(""), message=message, subject=subject, hint=hint, engine="upgrade",
                       confidence=self.confidence, tested=tested)

    def untested(self, subject: str, message: str, *, rd: str = "") -> Finding:
        """What could not be compared, and why: neither a pass nor a failure."""
        return self.finding(subject, message, rd=rd, severity=Severity.INFO, tested=False)


def comparisons() -> tuple[Comparison, ...]:
    """All comparisons, by their codes."""
    return tuple(one for one in rule.discover("dachsadmin.upgrade.comparisons") if isinstance(one, Comparison))


def compare(before: Snapshot, after: Snapshot, chosen: Sequence[Comparison],
            explained: Mapping[str, str] | None = None) -> list[Finding]:
    """What differs. `explained` are reasons by patterns (`column-changed ivoa.obscore.*`: name and subject, as shells match)
    of differences that are expected: they become information, with their reason.
    """
    pair = Pair(before, after)
    return [_explained(finding, explained or {}) for one in chosen for finding in one.compare(pair)]


def _explained(finding: Finding, explained: Mapping[str, str]) -> Finding:
    for pattern, reason in explained.items():
        if finding.tested and fnmatchcase(f"{finding.name} {finding.subject}", pattern):
            return replace(finding, severity=Severity.INFO, message=f"{finding.message} (explained: {reason})", hint="")
    return finding


def in_neither(before: Snapshot, after: Snapshot) -> list[str]:
    """What neither snapshot has, though one was to have it."""
    return [told for part, told in PARTS.items() if getattr(before, part) is None and getattr(after, part) is None
            and {before.not_taken.get(part), after.not_taken.get(part)} != {NOT_ASKED_FOR}]
