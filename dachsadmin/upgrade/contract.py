"""What a data centre shows and promises at one moment, and the file that keeps it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from dachsadmin.errors import TargetError
from dachsadmin.system.host import Host

SCHEMA_VERSION = 1
"""Counted up when something that is there now goes away or changes its meaning; additions do not count."""
TOOL = "dachsadmin upgrade snapshot"
NOT_ASKED_FOR = "not asked for"
LEVELS = ("info", "warning", "error")
OUTCOMES = ("untested", "ok", *LEVELS)
"""What comes of a check, from what says least to what is worst."""
LARGEST = 1_000_000_000
"""So many bytes of a file are read at most."""
_HINT = "name a file that 'dachsadmin upgrade snapshot' made"


@dataclass(frozen=True)
class Column:
    """A column; `type` has all that is told of it: `char(*) adql:REGION`."""

    type: str
    unit: str = ""
    ucd: str = ""
    utype: str = ""
    description: str = ""


@dataclass(frozen=True)
class Table:
    """A table as clients are told of it. `keys` are foreign keys: `other.table(here=there)`; `rd` is `` where nobody says."""

    columns: Mapping[str, Column]
    rd: str = ""
    description: str = ""
    utype: str = ""
    keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class Relation:
    """A table or view of the database, with the types of its columns, and the RD that it belongs to, if any.

    `kind`: table, view, materialized or foreign. `rows` is None if nobody knows, and an estimate unless `exact`.
    """

    kind: str
    columns: Mapping[str, str]
    rows: int | None = None
    exact: bool = False
    rd: str = ""


@dataclass(frozen=True)
class Capability:
    """What a service can do; addresses of this server are told without its root."""

    interfaces: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Identifier:
    """A record of the publishing registry, as OAI-PMH tells of it."""

    datestamp: str
    deleted: bool = False


@dataclass(frozen=True)
class Known:
    """A finding of val, and how often it is in the RD; the fingerprint is that of baselines."""

    rd: str
    code: str
    severity: str
    fingerprint: str
    message: str
    count: int = 1

    def __post_init__(self) -> None:
        _demand_one_of(LEVELS, self.severity)


@dataclass(frozen=True)
class Validation:
    """What val says of the published RDs. `rules` are those that were looked at, `missing` tells of RDs that are not there."""

    rules: tuple[str, ...]
    findings: tuple[Known, ...]
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trial:
    """A check of probe on one service; `outcome` is one of OUTCOMES, `message` the first of what is as bad as that."""

    code: str
    name: str
    rd: str
    subject: str
    outcome: str
    seconds: float = 0.0
    message: str = ""

    def __post_init__(self) -> None:
        _demand_one_of(OUTCOMES, self.outcome)


@dataclass(frozen=True)
class Snapshot:
    """All of it. A part is None if it could not be taken, or was not asked for; `not_taken` says why.

    `taken` is UTC (`2026-03-01T12:00:00Z`). `answers` has why server and database do not answer, `` if they do; `packages` and
    `database` have versions; `obscore` rows by source table; `records` IVOA identifiers by RD and id (`lamost6/q#ssa`); `tests`
    the outcomes of regression tests by RD and title; `services` capabilities by service and standard.
    """

    taken: str
    address: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    packages: Mapping[str, str] | None = None
    database: Mapping[str, str] | None = None
    relations: Mapping[str, Relation] | None = None
    obscore: Mapping[str, int] | None = None
    tap_schema: Mapping[str, Table] | None = None
    records: Mapping[str, str] | None = None
    val: Validation | None = None
    tests: Mapping[str, Mapping[str, str]] | None = None
    tap_tables: Mapping[str, Table] | None = None
    services: Mapping[str, Mapping[str, Capability]] | None = None
    identifiers: Mapping[str, Identifier] | None = None
    probe: tuple[Trial, ...] | None = None
    not_taken: Mapping[str, str] = field(default_factory=dict)


PARTS = {
    "packages": "versions of DaCHS and packages", "database": "versions of the database", "relations": "tables with their rows",
    "obscore": "rows of ivoa.obscore", "tap_schema": "TAP_SCHEMA", "records": "published records", "val": "findings of val",
    "tests": "regression tests", "tap_tables": "/tap/tables", "services": "capabilities", "identifiers": "OAI identifiers",
    "probe": "checks of probe"}
"""What may not have been taken, and how people are told of it."""


def save(path: str, snapshot: Snapshot, host: Host) -> None:
    """Write a snapshot file, all at once."""
    content = {"schema_version": SCHEMA_VERSION, "tool": TOOL, **asdict(snapshot)}
    host.write_atomic(os.path.abspath(path), json.dumps(content, indent=1, sort_keys=True) + "\n")


def load(path: str, host: Host) -> Snapshot:
    """Read a snapshot file. Raises TargetError if it is none, is damaged, or is of a newer dachsadmin."""
    whole = os.path.abspath(path)
    if not host.exists(whole):
        raise TargetError(f"the snapshot {path} does not exist", f"make it with 'dachsadmin upgrade snapshot {path}'")
    raw = host.read(whole, limit=LARGEST)
    try:
        told = json.loads(raw, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise TargetError(f"{path} is no snapshot, or not whole: {error}", _HINT) from None
    if not isinstance(told, dict) or told.get("tool") != TOOL or type(told.get("schema_version")) is not int:
        raise TargetError(f"{path} is no snapshot of a data centre", _HINT)
    if told["schema_version"] != SCHEMA_VERSION:
        raise TargetError(f"{path} has schema version {told['schema_version']}, and this dachsadmin knows {SCHEMA_VERSION}",
                          "use the dachsadmin that made it, or a newer one")
    try:
        snapshot: Snapshot = _read(Snapshot, told, "snapshot")
    except ValueError as error:
        raise TargetError(f"{path} is damaged: {error}", "take another snapshot") from None
    return snapshot


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number")


@cache
def _kinds(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _read(kind: Any, told: Any, where: str) -> Any:
    """JSON as an object of one of the types above; what is unknown is left out. Raises ValueError that says what is wrong."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is UnionType:
        return None if told is None else _read(inner[0], told, where)
    if is_dataclass(kind):
        given = _demand(dict, told, where)
        try:
            return kind(**{one.name: _read(_kinds(kind)[one.name], given[one.name], f"{where}.{one.name}")
                           for one in fields(kind) if one.name in given})
        except TypeError:
            raise ValueError(f"{where} is not complete") from None
    if origin is Mapping:
        return {name: _read(inner[1], value, f"{where}[{name!r}]") for name, value in _demand(dict, told, where).items()}
    if origin is tuple:
        return tuple(_read(inner[0], value, f"{where}[{number}]") for number, value in enumerate(_demand(list, told, where)))
    if kind is float and type(told) is int:
        return float(told)
    return _demand(kind, told, where)


def _demand_one_of(words: tuple[str, ...], told: str) -> None:
    if told not in words:
        raise ValueError(f"{told!r} is none of {', '.join(words)}")


def _demand(kind: type, told: Any, where: str) -> Any:
    if type(told) is not kind:
        raise ValueError(f"{where} is of type {type(told).__name__}, not {kind.__name__}")
    return told
