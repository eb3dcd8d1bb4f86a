"""SQL tried on a throw-away database, where no configured one may be asked."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from dachsadmin.check.cache import DPKG_STATUS, Cache, from_json, stamp, to_json
from dachsadmin.model.finding import Finding
from dachsadmin.rd.document import Document
from dachsadmin.rd.sql import for_obscore, snippets
from dachsadmin.system import gavorc
from dachsadmin.system.dbprofile import read_profile
from dachsadmin.system.postgres import LiveDatabase
from dachsadmin.system.worker.client import WorkerSettings
from dachsadmin.val.deep_run import Place
from dachsadmin.val.rule import Rule
from dachsadmin.val.site import Site


class Trial:
    """The RDs of a run whose SQL is still to be tried; `found` has, by RD id, what rules say of those that were."""

    def __init__(self, documents: Mapping[str, Document], site: Site, rules: list[Rule], dachs: str, cache: Cache,
                 circumstance: Mapping[str, Any]) -> None:
        """`dachs` is the version of the DaCHS that makes the database, `` if there is none."""
        self.site = site
        self.rules = rules
        self.cache = cache
        self.found: dict[str, list[Finding]] = {}
        self.waiting: dict[str, Document] = {}
        self._circumstance = {**circumstance, "kind": "sql", "codes": [rule.code for rule in rules],
                              "dachs": dachs, "packages": stamp(DPKG_STATUS)}
        for rd_id, rd in documents.items():
            if rules and rd.root is not None and (snippets(rd, site) or for_obscore(rd, site)):
                entry = cache.get(self._key(rd))
                if entry is None:
                    self.waiting[rd_id] = rd
                else:
                    self.found[rd_id] = from_json(entry["findings"])

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(rule.code for rule in self.rules)

    def around(self, place: Place) -> Place:
        """The place, where SQL is tried as soon as it is open."""
        @contextmanager
        def ready() -> Iterator[WorkerSettings]:
            with place.open() as settings:
                self.run(LiveDatabase(read_profile(gavorc.read(settings.environment)), scratch=True))
                yield settings

        return replace(place, open=ready)

    def run(self, database: LiveDatabase) -> None:
        """Try what is waiting. Verdicts are kept unless the database went away in the middle."""
        before = time.time()
        self.site.database = database
        try:
            while self.waiting and self.site.database is not None:
                rd_id, rd = self.waiting.popitem()
                with self.site.recording() as asked:
                    self.found[rd_id] = [finding for rule in self.rules for finding in rule.check(rd, self.site)]
                if self.site.database is not None:
                    self.cache.put(self._key(rd), {path for _question, path in asked},
                                   {"findings": to_json(self.found[rd_id])}, before)
        finally:
            self.site.database = None
            database.close()

    def _key(self, rd: Document) -> dict[str, Any]:
        return {**self._circumstance, "rd": rd.rd_id, "content": hashlib.sha256(rd.raw).hexdigest()}
