"""What only obscore does to an installation: the verbs of its plans."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dachsadmin.errors import Refused
from dachsadmin.obscore import swap
from dachsadmin.obscore.contributions import Contribution, contributions, live
from dachsadmin.obscore.installation import feed
from dachsadmin.system.host import Host
from dachsadmin.system.postgres import Change, changing
from dachsadmin.verbs import Action, verb


@verb("put-obscore")
@dataclass(frozen=True)
class PutObscore(Action):
    """Make ivoa.obscore of the contributions; `fewer` allows that it loses rows. `rc` tells which database.

    Steps before it take the tables `without` off the list of contributions, and put those of `back` there.
    """

    rc: str
    fewer: bool = False
    without: tuple[str, ...] = ()
    back: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("without", "back"):
            object.__setattr__(self, name, tuple(getattr(self, name)))

    def done(self, host: Host) -> bool:
        listed = {part.table for part in _listed(self.rc)}
        return not listed & set(self.without) and listed >= set(self.back) and swap.is_current(feed(self.rc))

    def before(self, host: Host, backups: str) -> dict[str, Any]:
        with changing(feed(self.rc), lock_timeout=swap.LOCK_TIMEOUT) as change:
            found = live(change)
            return {"kind": found.kind, "definition": found.definition, "contributions": _digest(change)}

    def do(self, host: Host, before: Mapping[str, Any]) -> None:
        swap.put_contributions(feed(self.rc), fewer=self.fewer)

    def undo(self, host: Host, before: Mapping[str, Any]) -> None:
        if before["kind"] == "table":
            raise Refused("the rows that a materialised ObsCore table had before are gone", "run 'dachs imp //obscore'")
        with changing(feed(self.rc), lock_timeout=swap.LOCK_TIMEOUT) as change:
            if _digest(change) != before["contributions"]:
                raise Refused("tables were imported since, and ivoa.obscore is made of them now",
                              "run 'dachsadmin obscore status' to see what is in it")
        swap.put_back(feed(self.rc), before["definition"])


@dataclass(frozen=True)
class _Listed(Action):
    """What taking a contribution off DaCHS's list and putting it there again have in common."""

    rc: str
    table: str
    rd: str
    sql: str

    def before(self, host: Host, backups: str) -> dict[str, Any]:
        return {}

    def _take_off(self) -> None:
        self._change("DELETE FROM ivoa._obscoresources WHERE tablename = %s AND sqlfragment = %s", (self.table, self.sql))

    def _put_on(self) -> None:
        self._change("INSERT INTO ivoa._obscoresources (tablename, sqlfragment, sourcerd) VALUES (%s, %s, %s)"
                     " ON CONFLICT DO NOTHING", (self.table, self.sql, self.rd))

    def _change(self, statement: str, values: tuple[str, ...]) -> None:
        def attempt() -> None:
            with changing(feed(self.rc), lock_timeout=swap.LOCK_TIMEOUT) as change:
                change.rows(statement, values)

        swap.insist(attempt, feed(self.rc))


@verb("withdraw-contribution")
@dataclass(frozen=True)
class WithdrawContribution(_Listed):
    """Take a contribution off DaCHS's list, if it is still this one."""

    def done(self, host: Host) -> bool:
        return Contribution(self.table, self.rd, self.sql) not in _listed(self.rc)

    def do(self, host: Host, before: Mapping[str, Any]) -> None:
        self._take_off()

    def undo(self, host: Host, before: Mapping[str, Any]) -> None:
        self._put_on()


@verb("return-contribution")
@dataclass(frozen=True)
class ReturnContribution(_Listed):
    """Put a contribution on DaCHS's list, unless an import has put one of this table there."""

    def done(self, host: Host) -> bool:
        return any(part.table == self.table for part in _listed(self.rc))

    def do(self, host: Host, before: Mapping[str, Any]) -> None:
        self._put_on()

    def undo(self, host: Host, before: Mapping[str, Any]) -> None:
        self._take_off()


def _listed(rc: str) -> tuple[Contribution, ...]:
    with changing(feed(rc), lock_timeout=swap.LOCK_TIMEOUT) as change:
        return contributions(change)


def _digest(change: Change) -> str:
    told = sorted((part.table, part.sql) for part in contributions(change))
    return hashlib.sha256(repr(told).encode()).hexdigest()
