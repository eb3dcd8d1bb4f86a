"""What was seen of upgrades of DaCHS: what the apt guard has noted, and what dpkg has logged."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from dachsadmin.errors import AdminError
from dachsadmin.system import dpkglog
from dachsadmin.system.dpkglog import Change
from dachsadmin.system.host import Host
from dachsadmin.system.packages import is_of_dachs

SCHEMA_VERSION = 1
CODE = "python3-gavo"
"""The package whose version is that of DaCHS."""

_MOST_KEPT = 100
_MOST_BYTES = 1_000_000


def note(host: Host, state: str, changes: Sequence[Change]) -> str:
    """Write down what apt is about to do, in a file of its own below `state`; return where. Raises AdminError."""
    folder, now = _folder(state), host.clock()
    host.make_folder(folder, 0o700)
    file = f"{folder}/{now:%Y%m%dT%H%M%S.%fZ}.json"
    told = [asdict(change) | {"at": change.at.isoformat(timespec="seconds")} for change in changes]
    host.write_atomic(file, json.dumps({"schema_version": SCHEMA_VERSION, "changes": told}) + "\n", mode=0o600)
    for old in _names(host, state)[:-_MOST_KEPT]:
        host.remove(f"{folder}/{old}")
    return file


def seen(host: Host, state: str) -> tuple[Change, ...]:
    """The changes of DaCHS's packages, oldest first: what dpkg has logged, and what the guard noted and no log has (any more).

    The latter may be what apt was about to do, and did not.
    """
    logged = dpkglog.changes(host, is_of_dachs)
    known = {(change.package, change.before, change.after) for change in logged}
    noted = [change for change in _noted(host, state) if is_of_dachs(change.package)
             and (change.package, change.before, change.after) not in known]
    return tuple(sorted((*logged, *noted), key=lambda change: change.at))


def _noted(host: Host, state: str) -> list[Change]:
    found: list[Change] = []
    for name in _names(host, state):
        with contextlib.suppress(AdminError, ValueError, KeyError, TypeError, RecursionError):
            told = json.loads(host.read(f"{_folder(state)}/{name}", limit=_MOST_BYTES))
            if told["schema_version"] == SCHEMA_VERSION:
                found += [Change(datetime.fromisoformat(each["at"]), *(str(each[key]) for key in ("package", "before", "after")))
                          for each in told["changes"]]
    return found


def _names(host: Host, state: str) -> list[str]:
    """The files of the guard, oldest first; none for those who may not look."""
    try:
        return [name for name in host.names(_folder(state)) if name.endswith(".json")]
    except AdminError:
        return []


def _folder(state: str) -> str:
    return f"{state}/seen"
