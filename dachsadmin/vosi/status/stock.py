"""Takes stock: what RDs declare, from the cache where nothing has changed, beside what the database and the server have."""

from __future__ import annotations

import difflib
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from dachsadmin.check.cache import Cache, of_dachs, rules_fingerprint
from dachsadmin.client import vosi
from dachsadmin.client.web import Web
from dachsadmin.errors import AdminError, EnvironmentFault, TargetError
from dachsadmin.model.published import DeclaredRd, Stored, declared
from dachsadmin.system import dachs, publishedtables
from dachsadmin.system.dachs import Dachs
from dachsadmin.system.gavorc import GavoRc
from dachsadmin.system.host import Host
from dachsadmin.system.postgres import LiveDatabase, configured
from dachsadmin.system.worker.client import Declared, Pool, WorkerSettings
from dachsadmin.vosi.status.check import SYSTEM, Holding

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Installation:
    """What is looked at. `environment` decides which configuration DaCHS reads (GAVOSETTINGS, ...)."""

    host: Host
    config: GavoRc
    dachs: Dachs
    environment: Mapping[str, str]
    cache: Path | None = None

    @property
    def worker(self) -> WorkerSettings:
        """How RDs are loaded: as the server's user, where we are root."""
        return WorkerSettings(interpreter=self.dachs.interpreter, environment=self.environment,
                              user=self.config.server_user if self.host.is_root else None)


@dataclass
class Stock:
    """What was found. `tables` are those that are asked about, None for all."""

    holdings: list[Holding] = field(default_factory=list)
    tables: frozenset[str] | None = None
    cache_problem: str = ""


def installation(host: Host, config: GavoRc, interpreter: str, environment: Mapping[str, str],
                 cache: Path | None) -> Installation:
    """The DaCHS of this machine. Raises EnvironmentFault if there is none."""
    found = dachs.find(host, interpreter)
    if found is None:
        raise EnvironmentFault(f"{interpreter} has no DaCHS", "run 'apt-get install gavodachs2-server'")
    return Installation(host, config, found, environment, cache)


def take(words: Iterable[str], of: Installation, progress: Progress, *, server: str = "") -> Stock:
    """Take stock of RDs and tables (none: of all that DaCHS knows); of the running server, too, if its URL is given.

    Raises TargetError for a word that is neither, EnvironmentFault if the database does not answer.
    """
    database = configured(of.config)
    try:
        stored = publishedtables.stored(database)
        rds, tables = wanted(words, stored, of.config.inputs)
        cache = Cache(of.cache)
        told = {one.rd_id: (one, cached) for one, cached in _declared(rds, of, database, cache, progress)}
        contents = {rd: None if one.content is None else declared(one.content) for rd, (one, _) in told.items()}
        stored = _without_rows(stored, contents, database)
    finally:
        database.close()
    served, unserved = _served(server) if server else (None, "")
    holdings = []
    for rd in rds:
        one, cached = told[rd]
        holdings.append(Holding(rd, "" if rd.startswith(SYSTEM) else f"{rd}.rd", stored, contents[rd], one.fault,
                                one.passing, cached, served, unserved))
    return Stock(holdings, tables, cache.problem)


def _without_rows(stored: Stored, contents: Mapping[str, DeclaredRd | None], database: LiveDatabase) -> Stored:
    """The same, with it noted which views have no rows, of those that RDs without coverage take it from."""
    sources = {name for rd, content in contents.items() if content is not None and rd not in stored.covered
               for name in content.coverage if name in stored.relations and stored.relations[name].kind == "view"}
    empty = {name: replace(stored.relations[name], rows=0) for name in publishedtables.are_empty(database, sources)}
    return replace(stored, relations={**stored.relations, **empty})


def wanted(words: Iterable[str], stored: Stored, inputs: Path) -> tuple[list[str], frozenset[str] | None]:
    """The RDs that words mean, and the tables, if only tables are meant."""
    rds: set[str] = set()
    owners: set[str] = set()
    tables: set[str] = set()
    for word in words:
        rd = SYSTEM + word[2:] if word.startswith("//") else word.removesuffix(".rd")
        owner = stored.listed_by.get(word.lower()) or (
            stored.noted[word.lower()].rd if word.lower() in stored.noted else "")
        if word == "ALL":
            rds |= stored.rds
        elif rd in stored.rds or _is_rd(rd, inputs):
            rds.add(rd)
        elif owner:
            owners.add(owner)
            tables.add(word.lower())
        else:
            near = difflib.get_close_matches(word, [*stored.rds, *stored.listed_by], 1)
            raise TargetError(f"DaCHS knows no RD and no table {word!r}", f"did you mean {near[0]}?" if near else
                              "name an RD such as lamost6/q, a table such as lamost6.data, or ALL")
    if rds or not tables:
        return sorted(rds | owners or stored.rds), None
    return sorted(owners), frozenset(tables)


def _is_rd(rd: str, inputs: Path) -> bool:
    return not rd.startswith(("/", "..")) and "\0" not in rd and os.path.isfile(inputs / f"{rd}.rd")


def _declared(rds: list[str], of: Installation, database: LiveDatabase, cache: Cache,
              progress: Progress) -> Iterator[tuple[Declared, bool]]:
    """What RDs declare, and whether that was known already.

    What an RD declares that asked the database while it loaded holds while the database is the same; DaCHS's own RDs ask
    for what does not change them.
    """
    circumstance = {"kind": "declared", "of": rules_fingerprint(), **of_dachs(of.dachs, of.config)}
    prints: list[str] = []

    def database_print() -> str:
        if not prints:
            prints.append(database.fingerprint())
        return prints[0]

    waiting = []
    for rd in rds:
        entry = cache.get({**circumstance, "rd": rd})
        if entry is not None and (not entry["database"] or entry["database"] == database_print()):
            yield Declared(rd, entry["content"], entry["fault"]), True
        else:
            waiting.append(rd)
    if not waiting:
        return
    before = time.time()
    with Pool(of.worker) as pool:
        for done, told in enumerate(pool.declared(waiting), 1):
            progress("RDs", done, len(waiting))
            if not told.passing:
                cache.put({**circumstance, "rd": told.rd_id}, told.dependencies, {
                    "content": told.content, "fault": told.fault,
                    "database": "" if told.rd_id.startswith(SYSTEM) or not told.asked_database else database_print()}, before)
            yield told, False


def _served(url: str) -> tuple[Mapping[str, vosi.Table] | None, str]:
    """The VOSI tables of a running server, and why they cannot be had."""
    web = Web(url, timeout=120)
    try:
        root = vosi.xml(web.get("/tap/tables", {"detail": "max"}), "/tap/tables")
    except AdminError as error:
        return None, error.message
    return {table.name.lower(): table for table in vosi.tables(root)}, ""
