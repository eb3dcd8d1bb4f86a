"""What is remembered of release actions: up to which release all are done, and what no look at the machine can tell."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from dachsadmin.errors import TargetError
from dachsadmin.system.host import Host

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Memory:
    """`finished` is the release up to which nothing is owed, `` if nobody knows; `done` tells when which command ran.

    Commands are known by the release that asked for them and their line: `2.13 dachs pub a/q`.
    """

    finished: str = ""
    done: Mapping[str, str] = field(default_factory=dict)

    def knows(self, release: str, line: str) -> bool:
        return f"{release} {line}" in self.done


def file(state: str) -> str:
    """Where it is kept, below the directory of the settings."""
    return os.path.join(state, "upgrade.json")


def read(host: Host, state: str) -> Memory:
    """What is remembered; nothing, where there is no file. Raises TargetError for one that is not ours."""
    path = file(state)
    if not host.exists(path):
        return Memory()
    try:
        told = json.loads(host.text(path))
        if told["schema_version"] != SCHEMA_VERSION:
            raise ValueError
        return Memory(str(told["finished"]), {str(key): str(when) for key, when in told["done"].items()})
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise TargetError(f"{path} is not what dachsadmin wrote",
                          f"remove it (rm {path}), and name the release to begin with: dachsadmin upgrade finish --from VERSION"
                          ) from None


def write(host: Host, state: str, memory: Memory) -> None:
    host.make_folder(state, 0o700)
    told = {"schema_version": SCHEMA_VERSION, "finished": memory.finished, "done": dict(memory.done)}
    host.write_atomic(file(state), json.dumps(told, indent=1) + "\n", mode=0o600)


def note(host: Host, state: str, release: str, line: str) -> None:
    """Remember that a command was run for a release."""
    known = read(host, state)
    when = host.clock().isoformat(timespec="seconds")
    write(host, state, replace(known, done={**known.done, f"{release} {line}": when}))
