"""What dpkg's log tells of packages that came, went, and changed their version."""

from __future__ import annotations

import contextlib
import gzip
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, cast

from dachsadmin.errors import TargetError
from dachsadmin.system.host import Host

_FOLDER = "/var/log"
_FILE = re.compile(r"dpkg\.log(\.\d+(\.gz)?)?")
_LINE = re.compile(rb"(\S+ \S+) (?:install|upgrade|remove) ([^\s:]+)(?::\S+)? (\S+) (\S+)\s*")


@dataclass(frozen=True)
class Change:
    """A package that got another version; `before` is `` where it is new, `after` where it is gone."""

    at: datetime
    package: str
    before: str
    after: str


def changes(host: Host, wanted: Callable[[str], bool]) -> tuple[Change, ...]:
    """What happened to the `wanted` packages, oldest first, as far as the logs reach back and can be read."""
    found = [change for name in host.names(_FOLDER) if _FILE.fullmatch(name)
             for change in _in_file(host, f"{_FOLDER}/{name}", wanted)]
    return tuple(sorted(found, key=lambda change: change.at))


def _in_file(host: Host, path: str, wanted: Callable[[str], bool]) -> Iterator[Change]:
    with contextlib.suppress(TargetError, OSError, EOFError, zlib.error), host.reading(path) as stream:
        yield from parse(cast(Any, gzip.open(stream)) if path.endswith(".gz") else stream, wanted)


def parse(lines: Iterable[bytes], wanted: Callable[[str], bool]) -> Iterator[Change]:
    """The changes in the lines of a log. dpkg writes local time."""
    for line in lines:
        found = _LINE.fullmatch(line)
        if found is None:
            continue
        at, package, before, after = (part.decode("utf-8", "replace").replace("<none>", "") for part in found.groups())
        with contextlib.suppress(ValueError):
            if wanted(package):
                yield Change(datetime.fromisoformat(at).astimezone(timezone.utc), package, before, after)
