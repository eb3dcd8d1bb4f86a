"""Detectors that ask the database, its schema, files, gavo.rc and packages."""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass, replace
from typing import Literal

from dachsadmin.errors import EnvironmentFault
from dachsadmin.model.finding import Location
from dachsadmin.rd.references import canonical
from dachsadmin.upgrade.detector import Answer, Detector, Evidence, cannot_tell, no, yes
from dachsadmin.upgrade.facts import Absent, Facts
from dachsadmin.upgrade.versions import major, numbers

_MOST_TOLD = 200


@dataclass(frozen=True)
class Schema(Detector):
    """Whether the schema of the database is older than a version."""

    below: int

    kind = "schema"

    def answer(self, facts: Facts) -> Answer:
        told = f"{facts.schema_of} has schema {facts.schema}"
        return yes(f"{told}, and needs {self.below}") if facts.schema < self.below else no(told)


@dataclass(frozen=True)
class Sql(Detector):
    """Whether a query has rows. Their columns: what was found, the RD (or NULL), the rows of the table that it is about."""

    what: str
    query: str

    kind = "sql"

    def answer(self, facts: Facts) -> Answer:
        if isinstance(facts.database, Absent):
            return cannot_tell(facts.database)
        try:
            rows = facts.database.rows(self.query)
        except EnvironmentFault as fault:
            return cannot_tell(Absent("the database", getattr(fault, "reason", fault.message)))
        if not rows:
            return no(f"not in the database: {self.what}")
        evidence = [Evidence(str(text), rd=canonical(str(rest[0] or "")) if rest else "", rows=int(rest[1] or 0) if rest[1:] else 0)
                    for text, *rest in rows]
        return yes(f"in the database: {self.what}", evidence)


@dataclass(frozen=True)
class Postgres(Detector):
    """Whether the database has a type, a function (by its name), an extension or a relation."""

    has: Literal["type", "function", "extension", "relation"]
    name: str

    kind = "postgres"

    def answer(self, facts: Facts) -> Answer:
        query = {"type": f"SELECT 1 WHERE to_regtype('{self.name}') IS NOT NULL",
                 "function": f"SELECT 1 FROM pg_proc WHERE proname = '{self.name}' LIMIT 1",
                 "extension": f"SELECT 1 FROM pg_extension WHERE extname = '{self.name}'",
                 "relation": f"SELECT 1 WHERE to_regclass('{self.name}') IS NOT NULL"}[self.has]
        found = Sql(f"the {self.has} {self.name}", query).answer(facts)
        return replace(found, evidence=())

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[\w.]+", self.name):
            raise ValueError(f"{self.name!r} is no name of something in a database")


@dataclass(frozen=True)
class Config(Detector):
    """Whether an item of gavo.rc (DaCHS's default, where it is not set) has something in it that matches."""

    section: str
    item: str
    matches: re.Pattern[str]

    kind = "config"

    def answer(self, facts: Facts) -> Answer:
        if isinstance(facts.config, Absent):
            return cannot_tell(facts.config)
        value = facts.config.get(self.section, self.item)
        named = f"[{self.section}]{self.item}"
        if not self.matches.search(value):
            return no(f"{named} is not set" if not value else f"{named} is set otherwise")
        shown = "a secret of a kind" if "pass" in self.item.lower() else value
        return yes(f"{named} is {shown}" if value else f"{named} is not set")


@dataclass(frozen=True)
class Package(Detector):
    """Whether a package is installed, by a shell pattern; with `below`, in a version lower than that.

    `{major}` in the pattern is the major version of the PostgreSQL that runs.
    """

    name: str
    below: str = ""

    kind, alone = "package", "name"

    def answer(self, facts: Facts) -> Answer:
        if isinstance(facts.packages, Absent):
            return cannot_tell(facts.packages)
        name = self.name
        if "{major}" in name:
            if isinstance(facts.database, Absent):
                return cannot_tell(facts.database)
            try:
                name = name.replace("{major}", str(major(str(facts.database.rows("SHOW server_version")[0][0]))))
            except EnvironmentFault as fault:
                return cannot_tell(Absent("the database", fault.message))
        found = [f"{package} {version}" for package, version in sorted(facts.packages.items())
                 if fnmatch.fnmatchcase(package, name) and (not self.below or numbers(version) < numbers(self.below))]
        if found:
            return yes(f"installed: {', '.join(found)}", map(Evidence, found))
        return no(f"no package {name}{' below ' + self.below if self.below else ''} is installed")


@dataclass(frozen=True)
class File(Detector):
    """Whether there is a file in one of the places, by a shell pattern; with `contains`, one that has this in it.

    `least` is how many it takes.
    """

    place: Literal["inputs", "config", "web", "state", "cache", "dachs", "root"]
    glob: tuple[str, ...]
    contains: re.Pattern[str] | None = None
    what: str = ""
    least: int = 1
    example: str = ""
    counterexample: str = ""

    kind = "file"

    def __post_init__(self) -> None:
        if self.contains is not None and not (self.what and self.example and self.counterexample):
            raise ValueError("what a file contains needs 'what', an 'example' and a 'counterexample'")

    def answer(self, facts: Facts) -> Answer:
        folders = facts.folders
        if self.place not in folders.places:
            return cannot_tell(facts.tree if self.place == "inputs" and isinstance(facts.tree, Absent) else folders.others)
        found: list[Evidence] = []
        closed: list[str] = []
        for path in [path for pattern in self.glob for path in folders.find(self.place, pattern)]:
            shown = folders.shown(self.place, path)
            if self.contains is None:
                found.append(Evidence(self.what or "it is there", Location(shown)))
                continue
            try:
                text = folders.text(path)
            except OSError:
                closed.append(shown)
                continue
            found += [Evidence(self.what, Location(shown, text.count("\n", 0, match.start()) + 1))
                      for match in self.contains.finditer(text)]
        where = " or ".join(str(folders.places[self.place] / pattern) for pattern in self.glob)
        if len(found) >= self.least:
            return yes(f"found in {where}: {self.what}" if self.what else f"there is {where}", found[:_MOST_TOLD])
        if closed:
            return cannot_tell(Absent(closed[0], "it may not be read by you"))
        return no(f"not found in {where}: {self.what}" if self.what else f"there is no {where}")
