"""What DaCHS tells of the tables of each RD: from the cache where nothing has changed, else asked anew."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dachsadmin.check.cache import Cache, of_dachs, rules_fingerprint
from dachsadmin.system.postgres import LiveDatabase
from dachsadmin.system.servedtables import Served
from dachsadmin.system.worker.client import Pool
from dachsadmin.vosi.status.stock import Installation, Progress

Content = Mapping[str, Any]
"""The documents of one RD, as system/worker/rendered.py tells them."""


@dataclass
class Contents:
    """What is known of RDs, by their ids: `told` is what DaCHS tells now, `faults` why it does not, `waiting` has yet to be asked."""

    told: dict[str, Content] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    waiting: dict[str, list[str]] = field(default_factory=dict)


class Source:
    """Asks DaCHS about RDs, and remembers what it said for as long as nothing changes that it depends on."""

    def __init__(self, of: Installation, database: LiveDatabase, tables: Iterable[Served]) -> None:
        self._of = of
        self._database = database
        self._fingerprint = ""
        self._tables: dict[str, list[Served]] = {}
        for one in tables:
            if one.rd:
                self._tables.setdefault(one.rd, []).append(one)
        self._circumstance = {"kind": "rendered", "of": rules_fingerprint(), **of_dachs(of.dachs, of.config)}
        self.cache = Cache(of.cache)

    def known(self) -> Contents:
        """What need not be asked."""
        found = Contents()
        for rd, tables in self._tables.items():
            entry = self.cache.get(self._key(rd))
            if entry is None or (entry["database"] and entry["database"] != self._database_print()):
                found.waiting[rd] = [one.table for one in tables]
            elif entry["content"] is None:
                found.faults[rd] = entry["fault"]
            else:
                found.told[rd] = entry["content"]
        return found

    def ask(self, contents: Contents, progress: Progress) -> None:
        """Have DaCHS tell of what is waiting; after a restart of the database, again.

        Raises EnvironmentFault if the database is gone.
        """
        waiting, contents.waiting = contents.waiting, {}
        if waiting:
            again = self._asked(waiting, contents, progress)
            if again:
                self._database.rows("SELECT 1")
                self._asked(again, contents, progress)

    def _asked(self, waiting: Mapping[str, list[str]], contents: Contents, progress: Progress) -> dict[str, list[str]]:
        """Ask about RDs, and return those that the database was not there for."""
        before, again = time.time(), {}
        with Pool(self._of.worker) as pool:
            for done, told in enumerate(pool.rendered(waiting), 1):
                progress("RDs", done, len(waiting))
                contents.faults.pop(told.rd_id, None)
                if told.content is None:
                    contents.faults[told.rd_id] = told.fault
                else:
                    contents.told[told.rd_id] = told.content
                if told.fault.startswith(ConnectionError.__name__):
                    again[told.rd_id] = waiting[told.rd_id]
                if not told.passing:
                    self.cache.put(self._key(told.rd_id), told.dependencies, {
                        "content": told.content, "fault": told.fault,
                        "database": self._database_print() if told.asked_database else ""}, before)
        return again

    def _key(self, rd: str) -> dict[str, Any]:
        facts = hashlib.sha256(repr(self._tables[rd]).encode()).hexdigest()
        return {**self._circumstance, "rd": rd, "tables": facts}

    def _database_print(self) -> str:
        """The fingerprint of the database, for RDs that ask it for more than statistics while they load."""
        self._fingerprint = self._fingerprint or self._database.fingerprint()
        return self._fingerprint
