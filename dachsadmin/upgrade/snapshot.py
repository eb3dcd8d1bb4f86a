"""Takes a snapshot of a data centre: asks its database, its RDs and its server, and changes nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dachsadmin.check import baseline
from dachsadmin.client import oai, vosi
from dachsadmin.client.schemata import installed
from dachsadmin.client.web import Web
from dachsadmin.errors import AdminError, EnvironmentFault
from dachsadmin.inspection import Wanted, begin
from dachsadmin.model.finding import Finding, Severity
from dachsadmin.model.fingerprint import fingerprint
from dachsadmin.model.published import Stored
from dachsadmin.probe import engine as probe
from dachsadmin.system import contents, dachs, debian, gavorc, publishedtables
from dachsadmin.system.command import redact
from dachsadmin.system.gavorc import GavoRc
from dachsadmin.system.host import Host
from dachsadmin.system.postgres import LiveDatabase, configured, published_rds
from dachsadmin.system.worker.client import DeepResult, Options, Pool, WorkerSettings
from dachsadmin.upgrade.contract import (
    NOT_ASKED_FOR, PARTS, Capability, Column, Identifier, Known, Relation, Snapshot, Table, Trial, Validation)
from dachsadmin.val import engine as val, judge, static, targets
from dachsadmin.vosi.status.check import shown

TESTS_WITHIN = 1800.0
"""Seconds after which no further RD's regression tests are begun."""
_NOT_FOR_OTHERS = frozenset({"tap_schema", "tap_user", "dc", "information_schema", "pg_catalog"})
"""What is DaCHS's own, or of its users: the number of its rows is nobody's business, and changes all the time."""
_SERVER = ("tap_tables", "services", "identifiers", "probe")
_DATABASE = ("database", "relations", "obscore", "tap_schema", "records")

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Request:
    """What is asked. `url` is the root of the server; `val` how RDs are validated, None for not at all."""

    url: str
    val: val.Request | None
    tests: bool = False
    timeout: float = 60
    interpreter: str = dachs.INTERPRETER


@dataclass
class _Taking:
    """What was taken so far, and why the rest was not."""

    progress: Progress
    parts: dict[str, Any] = field(default_factory=dict)
    not_taken: dict[str, str] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)

    def part(self, name: str, take: Callable[[], Any]) -> None:
        self.progress(PARTS[name], 0, 0)
        try:
            self.parts[name] = take()
        except AdminError as error:
            self.leave_out([name], error.message)

    def leave_out(self, names: Iterable[str], why: str) -> None:
        self.not_taken |= dict.fromkeys(names, redact(why))


def take(request: Request, host: Host, config: GavoRc, progress: Progress) -> Snapshot:
    """Take all that can be taken; what cannot is told in the snapshot, and never raised."""
    moment = host.clock().strftime("%Y-%m-%dT%H:%M:%SZ")
    taking = _Taking(progress)
    taking.part("packages", lambda: _packages(host, request.interpreter))
    _ask_database(taking, config)
    if request.val is None:
        taking.leave_out(["val"], NOT_ASKED_FOR)
    else:
        wanted = request.val
        taking.part("val", lambda: _validation(wanted, host, config, progress))
    if request.tests:
        taking.part("tests", lambda: _tests(request.interpreter, host, config, progress))
    else:
        taking.leave_out(["tests"], NOT_ASKED_FOR)
    address = _ask_server(taking, request, host)
    return Snapshot(moment, address, taking.answers, **taking.parts, not_taken=taking.not_taken)


def _packages(host: Host, interpreter: str) -> dict[str, str]:
    found = dachs.find(host, interpreter)
    own = {"DaCHS": found.version} if found else {}
    return own | dict(debian.installed(host, ["gavo*", "python3-gavo*", "postgresql*"]))


# -- the database

def _ask_database(taking: _Taking, config: GavoRc) -> None:
    try:
        database = configured(config)
    except AdminError as error:
        taking.answers["database"] = error.message
        taking.leave_out(_DATABASE, error.message)
        return
    try:
        taking.answers["database"] = ""
        taking.part("database", lambda: _versions(database))
        taking.part("obscore", lambda: contents.obscore_sources(database))
        try:
            stored = publishedtables.stored(database)
        except AdminError as error:
            taking.leave_out(("relations", "tap_schema", "records"), error.message)
            return
        taking.part("relations", lambda: _relations(database, stored, taking.progress))
        taking.part("tap_schema", lambda: _tap_schema(stored))
        taking.part("records", lambda: {f"{shown(rd)}#{name}": one.ivoid for rd, resources in stored.resources.items()
                                        for name, one in resources.items()})
    finally:
        database.close()


def _versions(database: LiveDatabase) -> dict[str, str]:
    facts = database.facts()
    schema = database.scalar("SELECT value FROM dc.metastore WHERE key = 'schemaversion'")
    return {"PostgreSQL": facts.version, "schema version": str(schema or ""),
            **{f"extension {name}": version for name, version in facts.extensions.items()}}


def _relations(database: LiveDatabase, stored: Stored, progress: Progress) -> dict[str, Relation]:
    schemas = {name.partition(".")[0].strip('"') for name in (*stored.listed, *stored.noted) if "." in name}
    return {one.name: Relation(one.kind, dict(one.columns), one.rows, one.exact,
                               shown(stored.noted[one.name.lower()].rd) if one.name.lower() in stored.noted else "")
            for one in contents.contents(database, schemas - _NOT_FOR_OTHERS, progress)}


def _tap_schema(stored: Stored) -> dict[str, Table]:
    return {name: Table(
        {column.name: Column(_type(column.datatype, column.arraysize, column.xtype), column.unit, column.ucd, column.utype,
                             column.description) for column in table.columns},
        shown(stored.listed_by[name]), table.description, table.utype,
        tuple(_key(target, pairs) for target, pairs in table.keys)) for name, table in stored.listed.items()}


def _type(datatype: str, arraysize: str, xtype: str) -> str:
    return datatype + (f"({arraysize})" if arraysize else "") + (f" {xtype}" if xtype else "")


def _key(target: str, pairs: Iterable[tuple[str, str]]) -> str:
    return f"{target}({', '.join(f'{here}={there}' for here, there in pairs)})"


# -- RDs

def _validation(request: val.Request, host: Host, config: GavoRc, progress: Progress) -> Validation:
    """What val says of the published RDs. Raises EnvironmentFault if only half of it could be had."""
    inspection = begin("val", static.rules(), Wanted(grouping=False), host, profile=request.profile)
    if not published_rds(config):
        return Validation(tuple(rule.code for rule in inspection.chosen), ())
    outcome = val.run(request, inspection.chosen, host, config, progress=progress)
    if outcome.broken is not None:
        raise outcome.broken
    told = judge.judge(outcome, request, inspection)
    severities: dict[str, Severity] = {}
    for finding in told.findings:
        mark = fingerprint(finding)
        severities[mark] = max(finding.severity, severities.get(mark, finding.severity))
    known = baseline.update(told.findings, baseline.Baseline()).entries
    return Validation(
        tuple(rule.code for rule in inspection.chosen),
        tuple(Known(one.rd, one.code, severities[mark].label, mark, redact(one.message), one.count)
              for mark, one in sorted(known.items(), key=lambda item: (item[1].rd, item[1].code, item[0]))),
        tuple(sorted(error.message for error in outcome.missing)))


def _tests(interpreter: str, host: Host, config: GavoRc, progress: Progress) -> dict[str, dict[str, str]]:
    """The outcomes of the regression tests in all RDs of the tree, as `dachs test ALL` means it, by titles.

    Raises EnvironmentFault if the server does not answer, or if it takes too long.
    """
    rds = [target.rd_id for target in targets.find(["ALL_RECURSE"], tree=None, inputs=config.inputs, builtin=(),
                                                   published=list[str]).rds]
    settings = WorkerSettings(interpreter=interpreter, user=config.server_user if host.is_root else None,
                              environment=gavorc.passed_on())
    found = {}
    until = time.monotonic() + TESTS_WITHIN
    with Pool(settings) as pool:
        for number, result in enumerate(pool.validate(rds, Options(run_tests=True)), 1):
            progress("regression tests", number, len(rds))
            _demand_server(result)
            if result.tests:
                found[result.rd_id] = _by_title(result)
            if time.monotonic() > until and number < len(rds):
                raise EnvironmentFault(f"after {TESTS_WITHIN / 60:g} minutes, {number} of {len(rds)} RDs were tested")
    return found


def _demand_server(result: DeepResult) -> None:
    for message in result.messages:
        if message.family == "tests" and message.untested:
            raise EnvironmentFault(message.text)


def _by_title(result: DeepResult) -> dict[str, str]:
    """The outcomes of the tests of an RD; further tests with the same title get numbers."""
    found: dict[str, str] = {}
    for test in result.tests:
        title, number = test.title, 1
        while title in found:
            number += 1
            title = f"{test.title} ({number})"
        found[title] = test.outcome
    return found


# -- the server

def _ask_server(taking: _Taking, request: Request, host: Host) -> str:
    """Ask the server for all that it tells; return the address that it announces."""
    try:
        web, maintained = probe.reach(Web(request.url, timeout=request.timeout))
        if maintained:
            raise EnvironmentFault("it is under maintenance")
        available, notes = vosi.availability(vosi.xml(web.get("/tap/availability"), "/tap/availability"))
        if available != "true":
            raise EnvironmentFault("it says that it is not available" + (f": {notes}" if notes else ""))
    except AdminError as error:
        taking.answers["server"] = error.message
        taking.leave_out(_SERVER, f"the server at {request.url}: {error.message}")
        return ""
    taking.answers["server"] = ""
    taking.part("tap_tables", lambda: _tap_tables(web))
    taking.part("services", lambda: _services(web))
    taking.part("identifiers", lambda: {one.identifier: Identifier(one.datestamp, one.deleted) for one in oai.identifiers(web)})
    taking.part("probe", lambda: _trials(request, host, taking.progress))
    return web.announced


def _tap_tables(web: Web) -> dict[str, Table]:
    root = vosi.xml(web.get("/tap/tables"), "/tap/tables")
    return {table.name: Table(
        {column.name: Column(_type(column.datatype, column.arraysize, column.xtype), column.unit, column.ucd, column.utype,
                             column.description) for column in table.columns},
        "", table.description, table.utype,
        tuple(sorted(_key(key.target, key.columns) for key in table.keys))) for table in vosi.tables(root)}


def _services(web: Web) -> dict[str, dict[str, Capability]]:
    """The capabilities of TAP, and of every service that the registry has."""
    told = {"tap": vosi.capabilities(vosi.xml(web.get("/tap/capabilities"), "/tap/capabilities"))}
    told |= {record.path: capabilities for record in oai.records(web) if record.resource is not None
             and (capabilities := vosi.capabilities(record.resource))}
    return {service: _merged(capabilities, web.announced) for service, capabilities in told.items()}


def _merged(capabilities: Iterable[vosi.Capability], root: str) -> dict[str, Capability]:
    """Capabilities by standard, or by kind where they have none."""
    found: dict[str, Capability] = {}
    for one in capabilities:
        name = one.standard or one.kind or "capability without standard"
        known = found.get(name, Capability())
        interfaces = {" ".join(filter(None, (each.kind, each.role, each.url.removeprefix(root)))) for each in one.interfaces}
        found[name] = Capability(*(tuple(sorted({*before, *now})) for before, now in (
            (known.interfaces, interfaces), (known.models, one.models), (known.languages, one.languages),
            (known.functions, one.functions))))
    return found


def _trials(request: Request, host: Host, progress: Progress) -> tuple[Trial, ...]:
    asked = probe.Request(request.url, registry=True, timeout=request.timeout, schemata=installed(host, request.interpreter))
    outcome = probe.run(asked, probe.checks(), host, progress)
    if outcome.broken is not None:
        raise outcome.broken
    if untold := [finding for finding in outcome.findings if finding.name == "pyvo-missing"]:
        raise EnvironmentFault(untold[0].message)
    worst = _worst(outcome.findings)
    return tuple(Trial(one.code, one.name, one.rd, one.subject, one.outcome, round(one.seconds, 3),
                       redact(worst.get((one.code, one.rd, one.outcome), ""))) for one in outcome.trials)


def _worst(findings: Iterable[Finding]) -> Mapping[tuple[str, str, str], str]:
    """The first message by check, RD and severity."""
    found: dict[tuple[str, str, str], str] = {}
    for one in findings:
        found.setdefault((one.code, one.rd, one.severity.label if one.tested else "untested"), one.message)
    return found
