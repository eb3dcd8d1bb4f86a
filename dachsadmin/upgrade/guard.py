"""The apt guard: a hook that tells what an upgrade of DaCHS or PostgreSQL brings, whoever has begun it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from dachsadmin.errors import AdminError, EnvironmentFault, Stopped
from dachsadmin.plan import Plan, Step
from dachsadmin.system.dpkglog import Change
from dachsadmin.system.host import Host
from dachsadmin.system.packages import is_of_dachs
from dachsadmin.upgrade import apt_snapshot, command, rendering, seen
from dachsadmin.upgrade.planner import UpgradePlan
from dachsadmin.upgrade.versions import numbers
from dachsadmin.verbs import RemoveFile, WriteFile

MODES = ("warn", "snapshot", "off")
HOOK = "/etc/apt/apt.conf.d/90dachsadmin"
SCRIPT = "/usr/share/dachsadmin/apt-guard"
SILENCE = {"NO_DACHSADMIN_GUARD": "1"}
"""The environment in which the hook is silent: for apt when it is dachsadmin that upgrades."""

# apt finds the version of the protocol by the first word of the command, so that this has to be the script itself and
# cannot be a test for it. The shell's complaint of a script that is gone goes nowhere, and what that means is no failure.
# The hook has a name, as unattended-upgrades reads the configuration twice, and would call a nameless one twice (measured).
_CONTENT = f"""\
// Made by 'dachsadmin upgrade guard {{mode}}': tells what an upgrade of DaCHS or PostgreSQL brings. 'dachsadmin upgrade guard off'
// takes it away. It does nothing where dachsadmin is not installed any more.
DPkg::Pre-Install-Pkgs::dachsadmin "{SCRIPT} {{mode}} 3>&2 2>/dev/null || true";
DPkg::Tools::Options::{SCRIPT}::Version "3";
"""
_RC = "/etc/gavo.rc"
_MOST_SHOWN = 5
_SERVER = re.compile(r"postgresql-\d+")


def content(mode: str) -> str:
    """The hook in apt's configuration."""
    return _CONTENT.format(mode=mode)


def plan(host: Host, mode: str) -> Plan:
    """The plan that sets the guard. Raises EnvironmentFault where its script is not."""
    if mode == "off":
        return Plan("switch the apt guard off", (Step("hook", "take the hook out of apt's configuration", RemoveFile(HOOK)),))
    if not host.exists(SCRIPT):
        raise EnvironmentFault(f"there is no {SCRIPT}, which the guard consists of",
                               "install Debian's package of dachsadmin: Python's does not have it")
    return Plan(f"set the apt guard to {mode}",
                (Step("hook", "write the hook into apt's configuration", WriteFile(HOOK, content(mode), mode=0o644)),),
                notes=("what 'dpkg -i' does without apt is not noticed before it is done",))


def setting(host: Host) -> str:
    """What the guard is set to."""
    found = re.search(rf'"{re.escape(SCRIPT)} (\w+) ', host.text(HOOK)) if host.exists(HOOK) else None
    return found[1] if found else "off"


def status(host: Host, state: str) -> str:
    """How the guard is set, and what was seen of upgrades of DaCHS."""
    changed = [change for change in seen.seen(host, state) if change.package == seen.CODE]
    return "\n".join([f"the apt guard is set to {setting(host)}",
                      *(f"{change.at:%Y-%m-%d %H:%M} UTC: {_told(change)}" for change in changed)])


def parse(lines: Iterable[str], now: datetime) -> tuple[Change, ...]:
    """The changes in what apt tells its hooks in versions 2 and 3 of its protocol (apt.conf(5)), each package once."""
    found = {}
    for line in lines:
        match line.split(" "):
            case [package, before, "<" | ">" | "=", after, what]:
                pass
            case [package, before, _, _, "<" | ">" | "=", after, _, _, what]:
                pass
            case _:
                continue
        if "=" not in package and what != "**CONFIGURE**" and before != after:
            found[package] = Change(now, package, _version(before), _version(after))
    return tuple(found.values())


def _version(told: str) -> str:
    return "" if told == "-" else told


def tell(host: Host, interpreter: str, state: str, lines: Iterable[str], backups: str = "") -> Iterator[str]:
    """What the hook says of what apt is about to do, most important first, as what comes late may be cut off.

    With `backups`, a snapshot of DaCHS's own tables is made there.
    """
    changes = parse(lines, host.clock())
    concerned = [change for change in changes if change.before or _SERVER.fullmatch(change.package)]
    if not concerned:
        return
    code = next((change for change in concerned if change.package == seen.CODE and change.before), None)
    yield from (f"dachsadmin: {line}" for line in _news(concerned, code))
    forward = code is not None and () < numbers(code.before) < numbers(code.after)
    yield f"  when apt is done, run 'dachsadmin upgrade {'finish' if forward else 'check'}'"
    try:
        yield f"  this stands in {seen.note(host, state, concerned)}; 'dachsadmin upgrade guard' tells it again"
    except AdminError as error:
        yield f"  this could not be noted: {error.message}"
    if backups:
        yield from _snapshot(host, backups)
    if code and forward:
        try:
            yield from _summary(command.make_plan(host, interpreter, _short(code.before), _short(code.after), "",
                                                  lambda what, done, total: None))
        except AdminError as error:
            yield f"  there is no plan for this: {error.message}"


def _snapshot(host: Host, backups: str) -> Iterator[str]:
    try:
        folder = apt_snapshot.make(host, os.environ.get("GAVOSETTINGS") or _RC, backups)
        yield f"  DaCHS's own tables are kept in {folder}"
    except AdminError as error:
        yield f"  no snapshot was made: {error.message}"
    except Stopped:
        yield "  no snapshot was made: it took too long"
        raise


def _news(changes: Sequence[Change], code: Change | None) -> Iterator[str]:
    of_dachs = [change for change in changes if is_of_dachs(change.package)]
    if code is not None:
        yield _told(code)
    elif of_dachs:
        yield _listed(of_dachs)
    of_postgresql = [change for change in changes if change not in of_dachs]
    if of_postgresql:
        yield _listed(of_postgresql)
    for change in of_postgresql:
        if not change.before:
            yield f"{change.package} is new: your databases stay where they are until you move them ('pg_lsclusters' tells where)"


def _told(change: Change) -> str:
    name = "DaCHS" if change.package == seen.CODE else change.package
    if not change.before:
        return f"{name} {change.after} is installed"
    if not change.after:
        return f"{name} {change.before} is removed"
    back = () < numbers(change.after) < numbers(change.before) and change.package == seen.CODE
    return f"{name} goes {'back ' if back else ''}from {change.before} to {change.after}{'; its database does not' if back else ''}"


def _listed(changes: Sequence[Change]) -> str:
    more = len(changes) - _MOST_SHOWN
    return ", ".join([*map(_told, changes[:_MOST_SHOWN]), *([f"and {more} more"] if more > 0 else [])])


def _short(version: str) -> str:
    return ".".join(map(str, numbers(version)))


def _summary(found: UpgradePlan) -> Iterator[str]:
    """The plan in a few lines."""
    yield f"  {rendering.text(found).splitlines()[0]}"
    yield from (f"    should have been done before: {each.action.title}" for each in found.by_hand(first=True)[:_MOST_SHOWN])
    steps = [step.command.line for step in found.steps]
    yield from (f"    {line}" for line in steps[:_MOST_SHOWN])
    if len(steps) > _MOST_SHOWN:
        yield f"    and {len(steps) - _MOST_SHOWN} more"
