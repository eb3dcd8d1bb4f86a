"""What dpkg and apt have noted: packages and their states, pins, who holds their locks, and apt's configuration."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass

from dachsadmin.errors import EnvironmentFault, TargetError
from dachsadmin.system import aptsources
from dachsadmin.system.host import Host

DACHS = ("gavodachs2-server", "gavodachs2-latest", "python3-gavo*")
"""The packages of DaCHS, as shell patterns."""
LOCKS = ("/var/lib/dpkg/lock-frontend", "/var/lib/dpkg/lock", "/var/lib/apt/lists/lock", "/var/cache/apt/archives/lock")

_PREFERENCES = "/etc/apt/preferences"
_KNOWN_TO_APT = re.compile(r"[A-Za-z0-9_-]+(\.pref)?|[A-Za-z0-9_.-]+\.pref")
_STATES = "${db:Status-Want}\t${db:Status-Status}\t${db:Status-Eflag}\t${Package}\t${Version}\n"


@dataclass(frozen=True)
class Package:
    """What dpkg knows of a package: `state` is installed, half-configured, ...; `held` that it is not to be upgraded."""

    name: str
    version: str
    state: str = "installed"
    held: bool = False
    to_reinstall: bool = False


@dataclass(frozen=True)
class Pin:
    """A preference of apt's. `packages` are names, shell patterns and /regular expressions/."""

    file: str
    line: int
    packages: tuple[str, ...]
    pin: str
    priority: int

    def of(self, package: str) -> bool:
        """Whether it is about this package, and not about all."""
        return any(re.search(pattern[1:-1], package) is not None if re.fullmatch("/.+/", pattern) else
                   fnmatch.fnmatchcase(package, pattern) for pattern in self.packages if pattern != "*")


@dataclass(frozen=True)
class Holder:
    """A process that holds a lock; `process` is 0 where it is not ours to see, and `name` then ``."""

    lock: str
    process: int
    name: str = ""


def known(host: Host) -> tuple[Package, ...]:
    """All packages that are not quite removed. Raises EnvironmentFault where there is no dpkg."""
    if host.which("dpkg-query") is None:
        raise EnvironmentFault("this machine has no dpkg", "upgrade DaCHS as it was installed, and run 'dachs upgrade'")
    rows = [line.split("\t") for line in host.run(["dpkg-query", "-W", f"-f={_STATES}"], timeout=60).stdout.splitlines()]
    return tuple(Package(name, version, state, want == "hold", flag == "reinstreq") for want, state, flag, name, version in
                 (row for row in rows if len(row) == 5) if state not in ("not-installed", "config-files"))


def is_of_dachs(package: str) -> bool:
    return any(fnmatch.fnmatchcase(package, pattern) for pattern in DACHS)


def pins(host: Host) -> tuple[Pin, ...]:
    """The preferences of apt. Raises TargetError for a file that cannot be read."""
    files = [_PREFERENCES] if host.exists(_PREFERENCES) else []
    files += [f"{_PREFERENCES}.d/{name}" for name in host.names(f"{_PREFERENCES}.d") if _KNOWN_TO_APT.fullmatch(name)]
    found = []
    for file in files:
        for fields in aptsources.stanzas(host.text(file)):
            given = {name: [word for _, word in words] for name, words in fields.items()}
            priority = (given.get("pin-priority") or [""])[0]
            if given.get("package") and re.fullmatch(r"[+-]?\d+", priority):
                found.append(Pin(file, fields["package"][0][0], tuple(given["package"]), " ".join(given.get("pin", [])),
                                 int(priority)))
    return tuple(found)


def holders(host: Host) -> tuple[Holder, ...]:
    """Who holds the locks of dpkg and apt. The kernel tells everybody; trying the locks would need root."""
    held = [(int(found[1]), int(found[2], 16), int(found[3], 16), int(found[4]))
            for found in re.finditer(r"(?m)^\d+: (?!->).* (-?\d+) ([\da-f]+):([\da-f]+):(\d+) ", host.text("/proc/locks"))]
    found = []
    for lock in LOCKS:
        try:
            file = os.stat(host.real(lock))
        except OSError:
            continue
        device = os.major(file.st_dev), os.minor(file.st_dev)
        for process, major, minor, inode in held:
            # Overlays and btrfs tell a device of their own (major number 0) that the kernel's list need not have.
            if inode == file.st_ino and ((major, minor) == device or 0 in (major, device[0])):
                found.append(Holder(lock, max(0, process), _program(host, process) if process > 0 else ""))
    return tuple(found)


def _program(host: Host, process: int) -> str:
    try:
        return host.text(f"/proc/{process}/comm").strip()
    except TargetError:
        return ""


def configuration(host: Host) -> tuple[tuple[str, str], ...]:
    """apt's configuration: names and values, lists as several values of one name that ends in `::`."""
    told = host.run(["apt-config", "dump"], timeout=30).stdout
    return tuple((found[1], found[2]) for found in re.finditer(r'(?m)^(\S+) "(.*)";$', told))


def values(configured: Sequence[tuple[str, str]], name: str) -> list[str]:
    """The values of an entry of apt's configuration, or of a list."""
    return [value for key, value in configured if key.lower() in (name.lower(), f"{name.lower()}::") and value]
