"""How long a server takes for what users do most: table queries, links, cutouts."""

from __future__ import annotations

from collections.abc import Callable

from dachsadmin.client.web import Answer, NoAnswer
from dachsadmin.errors import AdminError
from dachsadmin.model.run import Latency
from dachsadmin.probe import spectra
from dachsadmin.probe.centre import Centre

ROUNDS = 20
"""So often each request is made, one after the other."""
_QUERY = {"LANG": "ADQL", "REQUEST": "doQuery", "QUERY": "SELECT TOP 10 * FROM tap_schema.tables"}


def measure(centre: Centre, progress: Callable[[str, int, int], None]) -> list[Latency]:
    """The latencies of all that is there; what cannot be asked is left out, since a finding says so already."""
    web = centre.web
    found = [_repeat("TAP sync", web.announced + "/tap/sync", lambda: web.get("/tap/sync", _QUERY), progress)]
    try:
        services = centre.services("links")
    except AdminError:
        return [latency for latency in found if latency]
    for service in services:
        try:
            documents = centre.linked(service)
        except AdminError:
            continue
        for document in documents[:1]:
            identifier = {"ID": str(next(iter(document))["ID"])}
            found.append(_repeat("Datalink", service.url, lambda: web.get(service.url, identifier), progress))
        for one in spectra.processings(documents)[:1]:
            low, high = one.part(0.4, 0.5)
            question = {"ID": one.identifier, "BAND": f"{low} {high}"}
            found.append(_repeat("cutout", one.url, lambda: web.get(one.url, question), progress))
    return [latency for latency in found if latency]


def _repeat(what: str, url: str, ask: Callable[[], Answer], progress: Callable[[str, int, int], None]) -> Latency | None:
    """Ask once to warm up, then ROUNDS times; None if there is no answer."""
    try:
        ask()
        times = []
        for number in range(ROUNDS):
            progress(what, number, ROUNDS)
            times.append(ask().seconds)
    except NoAnswer:
        return None
    finally:
        progress(what, ROUNDS, ROUNDS)
    times.sort()
    return Latency(what, url, ROUNDS, times[len(times) // 2], times[len(times) * 9 // 10], times[-1])
