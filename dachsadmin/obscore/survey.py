"""All that is known of an installation's obscore, each fact found out when it is first asked for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from dachsadmin.model.database import Tried
from dachsadmin.model.finding import Location
from dachsadmin.obscore.contributions import EMPTY, Contribution, Live, branches, contributions, live
from dachsadmin.rd.document import parse
from dachsadmin.system import metatables
from dachsadmin.system.postgres import LiveDatabase, changing
from dachsadmin.system.tree import DiskFiles

SAMPLE = 100_000
"""So many rows of each table are looked at, unless all are asked for."""
_LARGEST_RD = 20_000_000


@dataclass
class Survey:
    """`database` is asked as the role that DaCHS's tables belong to, `users` as that of its TAP users (None: no access).

    `quarantined` are contributions that we keep out of obscore; `inputs` is inputsDir. `fragments` are what the RDs
    would contribute now, by table in lower case, where that could be found out. `registers`: this DaCHS makes a registry
    record of obscore (2.10). `whole` asks for all rows instead of a sample.
    """

    database: LiveDatabase
    users: LiveDatabase | None
    inputs: Path
    quarantined: tuple[Contribution, ...] = ()
    fragments: dict[str, str] = field(default_factory=dict)
    registers: bool = False
    whole: bool = False

    @cached_property
    def all_parts(self) -> tuple[Contribution, ...]:
        """DaCHS's list as it is."""
        return contributions(self.database)

    @cached_property
    def parts(self) -> tuple[Contribution, ...]:
        """The contributions, but for DaCHS's own empty one."""
        return tuple(part for part in self.all_parts if part.table.lower() != EMPTY)

    @cached_property
    def live(self) -> Live:
        return live(self.database)

    @cached_property
    def tried(self) -> dict[str, Tried]:
        """What came of trying each contribution, by its table."""
        return {part.table: self.database.try_out(part.sql) for part in self.all_parts}

    @cached_property
    def tried_by_users(self) -> dict[str, Tried]:
        return {part.table: self.users.try_out(part.sql) for part in self.parts} if self.users else {}

    @cached_property
    def working(self) -> tuple[Contribution, ...]:
        """The contributions that can be queried."""
        return tuple(part for part in self.parts if self.tried[part.table].problem is None)

    @cached_property
    def expected(self) -> dict[str, list[str]]:
        """The branches of the view that each contribution which works makes, in PostgreSQL's words, by its table."""
        found = {}
        with changing(self.database.profile, lock_timeout="200ms") as change:
            for part in self.all_parts:
                if self.tried[part.table].problem is None:
                    change.rows(f"CREATE TEMPORARY VIEW dachsadmin_expected AS ({part.sql})")
                    definition = change.rows("SELECT pg_get_viewdef('pg_temp.dachsadmin_expected'::regclass)")[0][0]
                    change.rows("DROP VIEW pg_temp.dachsadmin_expected")
                    found[part.table] = branches(definition)
            change.rows("ROLLBACK")
        return found

    @cached_property
    def relations(self) -> frozenset[str]:
        """All tables and views, in lower case."""
        return metatables.relations(self.database)

    def has_table(self, part: Contribution) -> bool:
        return part.table.lower() in self.relations

    def rd_file(self, part: Contribution) -> Path:
        return self.inputs / f"{part.rd}.rd"

    def place(self, part: Contribution) -> Location:
        """The mixin that makes a table contribute, as far as the RD's text shows it."""
        path = self.rd_file(part)
        raw = DiskFiles().read(str(path), _LARGEST_RD)
        if raw is None:
            return Location("")
        name = f"{part.rd}.rd"
        document = parse(raw, part.rd, name)
        table = part.table.rpartition(".")[2].lower()
        for mixin in document.elements("mixin"):
            around = mixin.within("table")
            if "//obscore#publish" in mixin.text and around is not None and (around.get("id") or "").lower() == table:
                return document.location(mixin)
        return Location(name)

    def rows(self, part: Contribution) -> tuple[int, bool]:
        """How many rows a contribution has, and whether that is exact: many rows are estimated."""
        planned: int = self.database.rows(f"EXPLAIN (FORMAT JSON) ({part.sql})")[0][0][0]["Plan"]["Plan Rows"]
        if planned > SAMPLE and not self.whole:
            return planned, False
        return self.database.scalar(f"SELECT count(*) FROM ({part.sql}) AS part"), True

    def state(self, part: Contribution) -> str:
        """`broken`, `in use` (it could not be tried), `outdated` (not in the view as it is) or `current`."""
        problem = self.tried[part.table].problem
        if problem is not None:
            return "in use" if problem.kind == "unavailable" else "broken"
        if self.live.kind == "table":
            return "materialised"
        there = Counter(branches(self.live.definition))
        return "current" if Counter(self.expected[part.table]) <= there else "outdated"

    def sample(self, part: Contribution) -> str:
        """A query for the rows of a contribution that are looked at."""
        limit = "" if self.whole else f" LIMIT {SAMPLE}"
        return f"SELECT * FROM ({part.sql}) AS part{limit}"

    def counted(self, part: Contribution, conditions: dict[str, str]) -> dict[str, int]:
        """How many of the rows looked at fulfil each condition."""
        filters = ", ".join(f"count(*) FILTER (WHERE {condition})" for condition in conditions.values())
        found = self.database.rows(f"SELECT {filters} FROM ({self.sample(part)}) AS sample")[0]
        return dict(zip(conditions, found, strict=True))
