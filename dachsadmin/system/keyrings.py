"""The keys that apt knows archives by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from dachsadmin.errors import EnvironmentFault, TargetError
from dachsadmin.system.command import CommandFailed
from dachsadmin.system.host import Host


@dataclass(frozen=True)
class Key:
    """A key of a keyring. `expires` is None if it never does."""

    fingerprint: str
    owner: str
    expires: datetime | None = None


def keys(host: Host, path: str, home: Path) -> tuple[Key, ...]:
    """The keys in a file; `home` is a directory of ours, where gpg keeps nothing but wants to look.

    Raises EnvironmentFault where there is no gpg, TargetError if the file has no keys.
    """
    if host.which("gpg") is None:
        raise EnvironmentFault(f"without gpg nobody can tell whether the keys in {path} have expired", "run 'apt-get install gpg'")
    try:
        told = host.run(["gpg", "--homedir", str(home), "--batch", "--no-options", "--no-auto-check-trustdb", "--with-colons",
                         "--show-keys", path], timeout=60).stdout
    except CommandFailed as error:
        raise TargetError(f"{path} has no keys that gpg can read: {error.message}", f"run 'gpg --show-keys {path}'") from None
    return parse(told)


def parse(told: str) -> tuple[Key, ...]:
    """The keys that `gpg --with-colons --show-keys` tells of."""
    found: list[Key] = []
    wants_fingerprint = False
    for line in told.splitlines():
        fields = line.split(":")
        if fields[0] == "pub":
            found.append(Key("", "", _moment(fields[6])))
        wants_fingerprint |= fields[0] == "pub"
        if fields[0] == "fpr" and wants_fingerprint:
            found[-1] = Key(fields[9], "", found[-1].expires)
            wants_fingerprint = False
        elif fields[0] == "uid" and found and not found[-1].owner:
            found[-1] = Key(found[-1].fingerprint, fields[9].replace("\\x3a", ":"), found[-1].expires)
    return tuple(found)


def _moment(seconds: str) -> datetime | None:
    return datetime.fromtimestamp(int(seconds), timezone.utc) if seconds.isdigit() and int(seconds) else None
