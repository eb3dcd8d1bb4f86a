"""Asks a running server all there is to ask, one request at a time, and keeps what each check found and took."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from dachsadmin.check.rule import discover
from dachsadmin.client import vo, vosi
from dachsadmin.client.schemata import Schemata
from dachsadmin.client.web import NoAnswer, Web
from dachsadmin.errors import AdminError, EnvironmentFault, TargetError
from dachsadmin.model.finding import Finding
from dachsadmin.model.run import Latency, Trial
from dachsadmin.probe import bench, taplint
from dachsadmin.probe.centre import AlreadyTold, Centre, Service, UnknownService
from dachsadmin.probe.check import ORDER, Check
from dachsadmin.system.host import Host

_PATIENCE = 3
"""After so many checks in a row without an answer in time, a server is left alone."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Request:
    """What is asked. `url` is the root of a server; `service` an RD id or one of its services, `` for all."""

    url: str
    service: str = ""
    registry: bool = False
    bench: bool = False
    taplint: bool = False
    timeout: float = 30
    schemata: Schemata | None = None
    remembered: tuple[str, ...] | None = None


@dataclass
class Outcome:
    """What came of it. `broken` is why nothing, or not all, could be asked."""

    findings: list[Finding] = field(default_factory=list)
    trials: list[Trial] = field(default_factory=list)
    latencies: list[Latency] = field(default_factory=list)
    identifiers: tuple[str, ...] | None = None
    broken: AdminError | None = None

    def tell(self, check: Check, service: Service, began: float, found: Sequence[Finding]) -> None:
        """Keep what a check found on a service since the moment `began` (time.monotonic)."""
        tested = [finding.severity for finding in found if finding.tested]
        worst = max(tested).label if tested else "untested" if found else "ok"
        self.findings += found
        self.trials.append(Trial(check.code, check.name, service.url, service.rd, service.label,
                                 time.monotonic() - began, worst))


def checks() -> tuple[Check, ...]:
    """All checks, by their codes."""
    return tuple(check for check in discover("dachsadmin.probe.checks") if isinstance(check, Check))


def run(request: Request, chosen: Sequence[Check], host: Host, progress: Progress) -> Outcome:
    """Ask a server. What makes that impossible is a finding and `Outcome.broken`, never an exception."""
    outcome = Outcome()
    by_name = {check.name: check for check in checks()}
    server, began = Service("server", request.url), time.monotonic()
    try:
        web, maintained = reach(Web(request.url, timeout=request.timeout))
    except NoAnswer as error:
        outcome.broken = EnvironmentFault(f"{request.url} does not answer: {error.message}",
                                          "run 'dachs serve start', or give the address of the server")
        check = by_name["server-not-reached"]
        outcome.tell(check, server, began, [check.finding(server, error.message, url=error.url, hint=outcome.broken.hint)])
        return outcome
    except TargetError as error:
        outcome.broken = TargetError(f"{request.url} is no DaCHS server: {error.message}", error.hint)
        check = by_name["not-a-dachs-server"]
        outcome.tell(check, server, began, [check.finding(server, error.message, hint=error.hint)])
        return outcome
    if not vo.installed():
        check = by_name["pyvo-missing"]
        outcome.tell(check, server, began, [check.untested(server, "there is no pyVO to ask the server with",
                                                           hint="run 'apt-get install python3-pyvo'")])
        return outcome
    with vo.speaking(web) as pyvo:
        centre = Centre(web, pyvo, request.service, request.schemata, request.remembered)
        _ask(centre, request, [by_name["not-available"]] if maintained else chosen, outcome, progress)
        if request.bench and not maintained and outcome.broken is None:
            outcome.latencies = bench.measure(centre, progress)
    if request.taplint and not maintained and outcome.broken is None:
        began, service = time.monotonic(), Service("taplint", web.root + "/tap")
        outcome.tell(by_name["taplint"], service, began, taplint.run(by_name["taplint"], service, host))
    return outcome


def reach(web: Web) -> tuple[Web, bool]:
    """The same web, knowing which address the server announces, and whether the server is under maintenance.

    Raises NoAnswer if nothing answers, TargetError if it is no DaCHS.
    """
    answer = web.get("/tap/availability")
    if answer.status == 503 and "dachs" in answer.headers.get("server", "").lower():
        return web, True
    try:
        vosi.availability(vosi.xml(answer, "/tap/availability"))
    except TargetError as error:
        raise TargetError(error.message, "give the address of the DaCHS server, such as http://localhost:8080") from None
    told = web.get("/tap/capabilities")
    try:
        found = vosi.capabilities(vosi.xml(told, "/tap/capabilities"))
    except TargetError:
        return web, False
    address = next((one.url for capability in found if capability.standard.lower() == "ivo://ivoa.net/std/tap"
                    for one in capability.interfaces if one.url.endswith("/tap")), "")
    return Web(web.root, timeout=web.timeout, announced=address.removesuffix("/tap"), limit=web.limit), False


def _ask(centre: Centre, request: Request, chosen: Sequence[Check], outcome: Outcome, progress: Progress) -> None:
    """Make all checks, protocol by protocol."""
    protocols = [protocol for protocol in ORDER if protocol != "taplint" and (protocol != "registry" or request.registry)]
    pairs = [(protocol, check) for protocol in protocols for check in chosen if protocol in check.asks]
    slow = 0
    untold: list[AdminError] = []
    try:
        centre.services("ssa")
    except UnknownService as error:
        outcome.broken = error
        return
    except AdminError as error:
        untold.append(error)
    for number, (protocol, check) in enumerate(pairs):
        progress("checks", number, len(pairs))
        for service in _services(centre, protocol, check, outcome, untold):
            began = time.monotonic()
            found, in_time = _made(centre, check, service)
            outcome.tell(check, service, began, found)
            slow = slow if in_time is None else 0 if in_time else slow + 1
            if slow >= _PATIENCE:
                outcome.broken = EnvironmentFault(f"{request.url} does not answer in time any more",
                                                  "look whether it is busy, or give it more time with --timeout")
                given_up = next(check for check in checks() if check.name == "given-up")
                outcome.findings.append(given_up.untested(
                    Service("server", request.url), f"no more checks after {_PATIENCE} without an answer in time",
                    hint=outcome.broken.hint))
                return
    progress("checks", len(pairs), len(pairs))
    if request.registry and not request.service:
        with contextlib.suppress(AdminError):
            outcome.identifiers = tuple(sorted(record.identifier for record in centre.records()))


def _services(centre: Centre, protocol: str, check: Check, outcome: Outcome,
              untold: list[AdminError]) -> tuple[Service, ...]:
    """The services of a protocol; why they cannot be told is a finding of the first check that wants them.

    `untold` has the error that came up before any check was made.
    """
    began = time.monotonic()
    try:
        return centre.services(protocol)
    except AlreadyTold:
        if not untold:
            return ()
        error = untold.pop()
    except AdminError as other:
        error = other
    root = Service(protocol, centre.web.root)
    outcome.tell(check, root, began, [check.finding(root, error.message, hint=error.hint)])
    return ()


def _made(centre: Centre, check: Check, service: Service) -> tuple[list[Finding], bool | None]:
    """What a check finds, and whether it was answered in time; None if it did not ask."""
    found: list[Finding] = []
    try:
        for finding in check.check(centre, service):
            found.append(finding)
    except AlreadyTold as error:
        found.append(check.untested(service, error.message))
        return found, None
    except NoAnswer as error:
        found.append(check.finding(service, error.message, url=error.url, hint=error.hint))
        return found, not error.slow
    except AdminError as error:
        found.append(check.finding(service, error.message, hint=error.hint))
    return found, True

