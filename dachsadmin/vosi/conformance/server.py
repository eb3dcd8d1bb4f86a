"""Asks a server for all that it tells of itself and its tables, one request at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote, urlsplit

from dachsadmin.client import vosi, votable
from dachsadmin.client.schemata import Schemata
from dachsadmin.client.vo import NotUnderstood
from dachsadmin.client.web import NoAnswer, Web
from dachsadmin.errors import AdminError, EnvironmentFault, TargetError
from dachsadmin.vosi.conformance.publication import STANDARD, Document, Publication, TapSchema, read

SAMPLE = 20
"""So many tables are asked for their own documents, unless all are wanted."""
_PATIENCE = 3
"""After so many requests in a row without an answer in time, a server is left alone."""
_BATCH = 20
"""The columns of so many tables are asked of TAP_SCHEMA at once."""
_NAMES = ("availability", "capabilities", "tables", "tableMetadata")
_TAP = "ivo://ivoa.net/std/tap"
_COLUMNS = ("table_name", "column_name", "datatype", "unit", "ucd", "utype", "description")
NO_TABLE = "dachsadmin_nothing.is_called_so"

Progress = Callable[[str, int, int], None]


@dataclass
class Asking:
    """The requests to one server. `slow` counts those in a row that were not answered in time."""

    web: Web
    schemata: Schemata | None
    slow: int = 0

    @property
    def given_up(self) -> bool:
        return self.slow >= _PATIENCE

    def document(self, kind: str, name: str, url: str, parameters: Mapping[str, str] | None = None, *,
                 asked: str = "") -> Document:
        """What comes of asking for a document; why there is none stands in it."""
        if self.given_up:
            return Document(kind, url, name, f"{name} was not asked for, since the server does not answer in time", asked=asked)
        try:
            answer = self.web.get(url, parameters)
        except NoAnswer as error:
            self.slow = self.slow + 1 if error.slow else 0
            return Document(kind, url, name, f"{name}: {error.message}", asked=asked)
        self.slow = 0
        if answer.status != 200:
            return Document(kind, answer.url, name, f"{name} answers with HTTP status {answer.status}", answer.status,
                            answer.media_type, asked=asked)
        return read(answer.body, kind, answer.url, name, self.schemata, status=200, media_type=answer.media_type, asked=asked)


def reach(url: str, timeout: float) -> tuple[str, tuple[vosi.Capability, ...]]:
    """The root of the service at an address, or of the TAP service below it, and its capabilities.

    Raises EnvironmentFault if nothing answers, TargetError if there is no VOSI document.
    """
    bare = re.sub(rf"/({'|'.join(_NAMES)})?(\?.*)?$", "", url)
    faults = []
    for root in (bare, f"{bare}/tap"):
        try:
            answer = Web(root, timeout=timeout).get("/capabilities")
            found = vosi.xml(answer, f"{root}/capabilities")
            if vosi.local(found) == "capabilities":
                return answer.url.removesuffix("/capabilities"), vosi.capabilities(found)
            faults.append(f"{root}/capabilities is a {vosi.local(found)!r} element")
        except NoAnswer as error:
            raise EnvironmentFault(f"{url} does not answer: {error.message}", "look whether the address is right, and "
                                   "whether the server runs; --timeout gives it more time") from None
        except NotUnderstood as error:
            faults.append(error.message)
    raise TargetError(f"{url} is no VO service: {faults[0]}",
                      "give the address of a service, below which its capabilities are: http://localhost:8080/tap")


def publication(url: str, schemata: Schemata | None, *, timeout: float, everything: bool, progress: Progress) -> Publication:
    """All that a server tells; the documents of single tables of a sample, unless `everything` is wanted.

    Raises EnvironmentFault or TargetError if it tells nothing at all.
    """
    root, capabilities = reach(url, timeout)
    there, here = counterparts(_announced(capabilities) or root, root)
    asking = Asking(Web(here, timeout=timeout, announced=there), schemata)
    documents = _of_service(asking, root, capabilities)
    found = Publication(root, tuple(documents), served=True)
    if found.understood("tableset"):
        tables = _address(capabilities, "tables") or f"{root}/tables"
        named = [table for table in found.listed if table.name]
        chosen = named if everything else _sample(named)
        documents += _of_tables(asking, tables, chosen, progress)
        found = replace(
            found, documents=tuple(documents), left_out=len(named) - len(chosen),
            bogus=asking.document("tableset", "/tables?detail=bogus", tables, {"detail": "bogus"}, asked="bogus"),
            unknown=asking.document("table", f"/tables/{NO_TABLE}", f"{tables}/{NO_TABLE}", asked=NO_TABLE),
            tap_schema=_tap_schema(asking, capabilities, [table.name for table in chosen]))
    return replace(found, given_up=asking.given_up)


def _of_service(asking: Asking, root: str, capabilities: Sequence[vosi.Capability]) -> list[Document]:
    """The documents of the service as a whole; who does not announce one may have none."""
    wanted = (("capabilities", "/capabilities", "capabilities", ""), ("availability", "/availability", "availability", ""),
              ("tableset", "/tables", "tables", "max"), ("tableset", "/tables?detail=min", "tables", "min"))
    documents = []
    for kind, name, word, detail in wanted:
        told = _address(capabilities, word)
        document = asking.document(kind, name, told or f"{root}/{word}", {"detail": detail} if detail else None, asked=detail)
        if told or document.status not in (404, 410):
            documents.append(document)
    return documents


def _of_tables(asking: Asking, address: str, tables: Sequence[vosi.Table], progress: Progress) -> list[Document]:
    documents = []
    for number, table in enumerate(tables):
        progress("tables", number, len(tables))
        documents.append(asking.document("table", f"/tables/{table.name}", f"{address}/{quote(table.name, safe='')}",
                                         asked=table.name))
    progress("tables", len(tables), len(tables))
    return documents


def counterparts(announced: str, asked: str) -> tuple[str, str]:
    """Which beginning of what a server announces stands for which beginning of the address it is asked at.

    `http://inside/tap` and `https://vo.example.org/dachs/tap` give `http://inside` and `https://vo.example.org/dachs`.
    """
    there, here = announced.rstrip("/").split("/"), asked.rstrip("/").split("/")
    while min(len(there), len(here)) > 3 and there[-1] == here[-1]:
        del there[-1], here[-1]
    if len(there) > 3 and len(here) > 3:
        return "/".join(there[:3]), "/".join(here[:3])
    return "/".join(there), "/".join(here)


def _announced(capabilities: Iterable[vosi.Capability]) -> str:
    """The root of the service as it says itself."""
    for capability in capabilities:
        for one in capability.interfaces:
            if one.role == "std" and urlsplit(one.url).netloc and not capability.standard.lower().startswith(STANDARD):
                return one.url
    return _address(capabilities, "capabilities").removesuffix("/capabilities")


def _address(capabilities: Iterable[vosi.Capability], word: str) -> str:
    """Where a VOSI document is, `` if the capabilities do not tell."""
    return next((one.url.rstrip("/") for capability in capabilities for one in capability.interfaces
                 if re.fullmatch(rf"{STANDARD}{word}(-1\.\d)?", capability.standard.lower()) and one.url), "")


def _sample(tables: Sequence[vosi.Table]) -> Sequence[vosi.Table]:
    """Tables from everywhere in the list, always the same ones."""
    return [tables[len(tables) * number // SAMPLE] for number in range(SAMPLE)] if len(tables) > SAMPLE else tables


def _tap_schema(asking: Asking, capabilities: Iterable[vosi.Capability], names: Sequence[str]) -> TapSchema | None:
    """What TAP_SCHEMA says of all tables, and of the columns of those named; None if the service is no TAP."""
    tap = next((one.url for capability in capabilities if capability.standard.lower() == _TAP
                for one in capability.interfaces if one.url and (one.role == "std" or one.kind == "ParamHTTP")), "")
    if not tap:
        return None
    place = f"{tap.rstrip('/')}/sync"
    if asking.given_up:
        return TapSchema(place, fault="TAP_SCHEMA was not asked, since the server does not answer in time")
    try:
        tables = tuple(str(row["table_name"] or "") for row in
                       _query(asking, place, "SELECT table_name FROM TAP_SCHEMA.tables", ("table_name",)))
        wanted = {vosi.folded(name) for name in names}
        named = [name for name in tables if vosi.folded(name) in wanted]
        columns: dict[str, list[vosi.Column]] = {}
        for start in range(0, len(named), _BATCH):
            listed = ", ".join("'{}'".format(name.replace("'", "''")) for name in named[start:start + _BATCH])
            for row in _query(asking, place, f"SELECT {', '.join(_COLUMNS)} FROM TAP_SCHEMA.columns WHERE table_name IN "
                              f"({listed})", _COLUMNS):
                told = {key: " ".join(str(value or "").split()) for key, value in row.items()}
                columns.setdefault(vosi.folded(told["table_name"]), []).append(vosi.Column(
                    told["column_name"], told["datatype"], "", told["unit"], told["ucd"], told["utype"], told["description"]))
        return TapSchema(place, tables, {name: tuple(found) for name, found in columns.items()})
    except AdminError as error:
        return TapSchema(place, fault=error.message)


def _query(asking: Asking, place: str, adql: str, names: Sequence[str]) -> list[dict[str, object]]:
    what = "a query of TAP_SCHEMA"
    answer = asking.web.get(place, {"REQUEST": "doQuery", "LANG": "ADQL", "QUERY": adql, "MAXREC": "1000000"})
    found = votable.read(answer, what)
    found.demand_success(what)
    if found.status[0] == "OVERFLOW":
        raise NotUnderstood(f"{what} gives only {found.rows} rows, and there are more")
    return found.records(*names)
