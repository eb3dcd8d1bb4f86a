"""A data centre as clients see it: its services, its tables, and a few of its data, each asked for once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from dachsadmin.client import oai, vo, vosi, votable
from dachsadmin.client.schemata import Schemata
from dachsadmin.client.votable import Votable
from dachsadmin.client.web import Web
from dachsadmin.errors import AdminError, TargetError

PROTOCOLS = {"ivo://ivoa.net/std/ssa": "ssa", "ivo://ivoa.net/std/sia": "sia",
             "ivo://ivoa.net/std/sia#query-2.0": "sia2", "ivo://ivoa.net/std/conesearch": "scs"}
"""Our names of the protocols, by standardID in lower case (SSA 1.1, SIA 1.0 and 2.0, SCS 1.03)."""
SAMPLE = 3
"""So many rows stand for all that a service has."""
TABLES = 100
"""So many tables are asked one by one."""
EVERYWHERE = 180.0
"""A radius in degrees that covers the sky."""
Some = TypeVar("Some")


@dataclass(frozen=True)
class Service:
    """Something that is asked. `protocol` is server, tap, registry, one of PROTOCOLS, or links; `rd` and `name` are ``
    where the server as a whole is meant."""

    protocol: str
    url: str
    rd: str = ""
    name: str = ""
    capability: vosi.Capability | None = None

    @property
    def label(self) -> str:
        """How findings name it, whatever the address of the server."""
        return "/".join(filter(None, (self.rd, self.name))) or self.protocol


@dataclass(frozen=True)
class Column:
    """A column as TAP_SCHEMA has it."""

    name: str
    datatype: str
    arraysize: str
    ucd: str


@dataclass(frozen=True)
class Table:
    """A table as TAP_SCHEMA has it; `name` is what stands in a query, quotes included."""

    name: str


@dataclass(frozen=True)
class Links:
    """A Datalink service, and results of another one whose rows it has links for."""

    service: Service
    results: Any


class UnknownService(TargetError):
    """The RD or service that is to be asked is not there."""


class AlreadyTold(TargetError):
    """What would be needed failed before, and a finding says so."""


@dataclass
class Centre:
    """One server. `only` is an RD id, or that of one of its services, if nothing else is to be asked.

    `schemata` are what documents are validated with, None if there are none; `remembered` the identifiers that its
    registry had the last time, None if that is not known.
    """

    web: Web
    pyvo: Any
    only: str = ""
    schemata: Schemata | None = None
    remembered: tuple[str, ...] | None = None
    _known: dict[object, Any] = field(default_factory=dict)

    # -- what there is ---------------------------------------------------------------------------------------------

    def services(self, protocol: str) -> tuple[Service, ...]:
        """The services of a protocol, by their labels. Raises AdminError if the registry cannot be asked."""
        if protocol in ("server", "tap", "registry"):
            path = {"server": "", "tap": "/tap", "registry": "/oai.xml"}[protocol]
            return (Service(protocol, self.web.announced + path),)
        if protocol == "links":
            return tuple(links.service for links in self.links())
        return tuple(sorted((service for service in self.once("services", self._services)
                             if service.protocol == protocol), key=lambda service: service.label))

    def _services(self) -> tuple[Service, ...]:
        found = [service for record in self.records() if record.resource is not None
                 for service in self._of(record.path, vosi.capabilities(record.resource))]
        if self.only and not found:
            found = list(self._unpublished())
            if not found and not self.published_tables():
                raise UnknownService(f"the server knows no service and no table of {self.only}",
                                     "give the id of an RD (lamost6/q) or of a service (lamost6/q/ssa) that is imported")
        return tuple(found)

    def _of(self, path: str, capabilities: tuple[vosi.Capability, ...]) -> Iterator[Service]:
        rd, _, name = path.rpartition("/")
        for capability in capabilities:
            protocol = PROTOCOLS.get(capability.standard.lower(), "")
            url = next((one.url for one in capability.interfaces if one.role == "std"), "")
            if protocol and url:
                yield Service(protocol, url, rd, name, capability)

    def _unpublished(self) -> Iterator[Service]:
        """The services of an RD that is in no registry, from its page for browsers."""
        page = self.once("page", lambda: self.web.get(f"/browse/{self.only}"))
        paths = [self.only] if page.status == 404 else dict.fromkeys(
            re.findall(rf"/({re.escape(self.only)}/[^/\"']+)/info[\"']", page.body.decode("utf-8", "replace")))
        for path in paths:
            answer = self.web.get(f"/{path}/capabilities")
            if answer.status == 200:
                yield from self._of(path, vosi.capabilities(vosi.xml(answer, f"/{path}/capabilities")))

    def records(self) -> tuple[oai.Record, ...]:
        """The records of the registry, of the RD asked for if there is one; deleted ones are left out."""
        return self.once("records", self._records)

    def _records(self) -> tuple[oai.Record, ...]:
        if not self.only:
            return tuple(record for record in oai.records(self.web) if not record.deleted)
        return tuple(oai.record(self.web, one.identifier) for one in oai.identifiers(self.web)
                     if not one.deleted and self._is_asked(one.path))

    def _is_asked(self, path: str) -> bool:
        return path == self.only or path.rpartition("/")[0] == self.only

    # -- tables ------------------------------------------------------------------------------------------------------

    def query(self, adql: str, what: str, *, rows: int = SAMPLE) -> Votable:
        """The answer to a synchronous query, which `what` names in errors."""
        return votable.wrap(self.results(adql, what, rows=rows).votable)

    def results(self, adql: str, what: str, *, rows: int = SAMPLE) -> Any:
        """The same as pyVO's results, which know the links of their rows.

        While not even the simplest query works, no other one is made.
        """
        self.simplest_query()
        return self._results(adql, what, rows)

    def simplest_query(self) -> Votable:
        """The answer to a query for two table names."""
        return votable.wrap(self.once("simplest query", partial(
            self._results, "SELECT TOP 2 table_name FROM tap_schema.tables", "a synchronous query", SAMPLE)).votable)

    def _results(self, adql: str, what: str, rows: int) -> Any:
        with vo.understood(what):
            return self.pyvo.dal.TAPService(self.web.announced + "/tap").run_sync(adql, maxrec=rows)

    def tables(self) -> tuple[Table, ...]:
        """The tables for queries, without those of TAP_SCHEMA; those of the RD asked for if there is one."""
        wanted = self.published_tables() if self.only else None
        return tuple(table for table in self.all_tables() if not table.name.lower().startswith("tap_schema.")
                     and (wanted is None or table.name.lower() in wanted))

    def sampled_tables(self) -> tuple[Table, ...]:
        """So many of them as can be asked one by one."""
        return self.tables()[:TABLES]

    def all_tables(self) -> tuple[Table, ...]:
        """What TAP_SCHEMA lists."""
        return self.once("tables", self._tables)

    def _tables(self) -> tuple[Table, ...]:
        found = self.query("SELECT table_name FROM tap_schema.tables", "the list of tables", rows=100_000)
        return tuple(Table(name) for name in sorted(str(row["table_name"] or "") for row in found.records("table_name")))

    def published_tables(self) -> set[str]:
        """The names of the tables of the RD asked for, in lower case; ivoa.obscore, which belongs to all, is none."""
        page = self.once("page", lambda: self.web.get(f"/browse/{self.only}"))
        named = re.findall(r"/tableinfo/([^\"'<>]+)[\"']", page.body.decode("utf-8", "replace"))
        return ({name.lower() for name in named} | {
            table.name.lower() for record in self.records() if record.resource is not None
            for table in vosi.tables(record.resource)}) - {"ivoa.obscore"}

    def columns(self, table: Table) -> tuple[Column, ...]:
        """The columns of a table, as TAP_SCHEMA has them."""
        return self.once(("columns", table.name), lambda: self._columns(table))

    def _columns(self, table: Table) -> tuple[Column, ...]:
        name = table.name.replace("'", "''")
        found = self.query("SELECT column_name, datatype, arraysize, ucd FROM tap_schema.columns WHERE table_name = "
                           f"'{name}'", f"the list of columns of {table.name}", rows=10_000)
        return tuple(Column(*(str(value or "") for value in row.values()))
                     for row in found.records("column_name", "datatype", "arraysize", "ucd"))

    def first_rows(self, table: Table) -> Any:
        """pyVO's results of the first rows of a table."""
        return self.once(("rows", table.name), partial(
            self.results, f"SELECT TOP {SAMPLE} * FROM {table.name}", f"a query for the first rows of {table.name}"))

    def answering_tables(self) -> Iterator[Table]:
        """Those of the sampled tables that have given rows, or are yet to be asked."""
        for table in self.sampled_tables():
            try:
                self.first_rows(table)
            except AlreadyTold:
                continue
            yield table

    # -- products ----------------------------------------------------------------------------------------------------

    def found(self, service: Service) -> Any:
        """pyVO's results of a first query to an SSA, SIA or SCS service."""
        return self.once(("found", service.url), partial(self._found, service))

    def _found(self, service: Service) -> Any:
        dal, what = self.pyvo.dal, f"the {service.protocol.upper()} query"
        place, size = place_of_test(service)
        with vo.understood(what):
            if service.protocol == "ssa":
                return dal.SSAService(service.url).search(MAXREC=SAMPLE)
            if service.protocol == "scs":
                return dal.SCSService(service.url).search(pos=place, radius=size, MAXREC=SAMPLE)
            if service.protocol == "sia":
                return dal.SIAService(service.url).search(pos=place, size=size, MAXREC=SAMPLE)
            answer = self.web.get(service.url, {"MAXREC": str(SAMPLE)})
            parsed = votable.read(answer, what)
            parsed.demand_success(what)
            return dal.sia.SIAResults(parsed.document, url=answer.url)

    def links(self) -> tuple[Links, ...]:
        """The Datalink services that results of tables and services name, each with the first such results."""
        return self.once("links", self._links)

    def _links(self) -> tuple[Links, ...]:
        found: dict[str, Links] = {}
        for results in self._all_results():
            for resource in results.iter_adhocservices():
                params = {param.name: str(param.value) for param in resource.params}
                url = params.get("accessURL", "")
                if params.get("standardID", "").lower().startswith("ivo://ivoa.net/std/datalink") and len(results):
                    path = url.removeprefix(self.web.announced).strip("/").split("/")
                    rd, name = "/".join(path[:-2]), path[-2] if len(path) > 1 else ""
                    found.setdefault(url, Links(Service("links", url, rd, name), results))
        return tuple(sorted(found.values(), key=lambda links: (links.service.rd.startswith("__system__"),
                                                               links.service.url)))

    def _all_results(self) -> Iterator[Any]:
        """What pyVO found anywhere, tables first; where it found nothing, a finding says so already."""
        for service in (service for protocol in ("ssa", "sia", "sia2") for service in self.services(protocol)):
            try:
                yield self.found(service)
            except AlreadyTold:
                continue
        for table in self.sampled_tables():
            try:
                yield self.first_rows(table)
            except AlreadyTold:
                continue

    def linked(self, service: Service) -> list[Any]:
        """pyVO's Datalink documents of the sample rows of a Datalink service."""
        def ask() -> list[Any]:
            results = next(links.results for links in self.links() if links.service == service)
            with vo.understood("the Datalink query"):
                return [document for document in results.iter_datalinks() if document is not None]

        return self.once(("linked", service.url), ask)

    def is_new(self, url: str) -> bool:
        """Whether a linked file was not looked at yet: several Datalink services lead to the same ones."""
        seen = self._known.setdefault("looked at", set())
        new = url not in seen
        seen.add(url)
        return new

    def once(self, key: object, ask: Callable[[], Some]) -> Some:
        """What `ask` gives, asked once. Who comes after it failed gets AlreadyTold."""
        if key not in self._known:
            try:
                self._known[key] = ask()
            except AdminError as error:
                self._known[key] = error
                raise
        known: Some | AdminError = self._known[key]
        if isinstance(known, AdminError):
            raise AlreadyTold(f"not asked, since this went wrong before: {known.message}")
        return known


def place_of_test(service: Service) -> tuple[tuple[float, float], float]:
    """Position and radius of the test query of a service, in degrees; the whole sky if it has none."""
    test = dict(service.capability.test) if service.capability else {}
    try:
        ra = float(test.get("ra") or test["pos/long"])
        dec = float(test.get("dec") or test["pos/lat"])
        return (ra, dec), float(test.get("sr") or test.get("size/long") or 1)
    except (KeyError, ValueError):
        return (180.0, 0.0), EVERYWHERE
