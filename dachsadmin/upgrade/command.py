"""`dachsadmin upgrade plan`, without a terminal: versions and facts in, a plan out."""

from __future__ import annotations

from collections.abc import Callable

from dachsadmin.errors import EnvironmentFault, UsageError
from dachsadmin.system import dachs
from dachsadmin.system.host import Host
from dachsadmin.upgrade import catalogue, facts, planner
from dachsadmin.upgrade.versions import numbers


def make_plan(host: Host, interpreter: str, start: str, end: str, inputs: str,
              progress: Callable[[str, int, int], None]) -> planner.UpgradePlan:
    """The plan from one version (the installed one, if it is empty) to another (the newest), for what is at hand here."""
    releases = catalogue.load()
    installed = dachs.find(host, interpreter)
    if not start and installed is None:
        raise EnvironmentFault(f"there is no DaCHS for {interpreter}, so that the version to begin with is not known",
                               f"name it: --from {releases.versions[-2]}")
    first = releases.version(start, "--from") if start or installed is None else releases.version(installed.version)
    last = releases.version(end, "--to") if end else releases.newest
    if numbers(first) > numbers(last):
        raise UsageError(f"{first} is newer than {last}: there is no way back to an older release",
                         f"choose --from and --to out of {', '.join(releases.versions)}, the older one first")
    known = facts.gather(host, installed, inputs, last, releases.schema(first), f"DaCHS {first}")
    judged = planner.judge(releases, first, last, known, progress)
    return planner.plan(judged, first, last, len(releases.between(first, last)), known.tree)
