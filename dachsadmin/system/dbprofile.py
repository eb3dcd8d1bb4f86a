"""DaCHS's database profiles: the small files that say how it connects."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from dachsadmin.errors import ConfigurationError, EnvironmentFault
from dachsadmin.system.gavorc import GavoRc

_KEYS = ("host", "port", "database", "user", "password", "sslmode")
_DEEPEST_INCLUDE = 8


@dataclass(frozen=True)
class Profile:
    """How DaCHS connects, from one of its database profiles. What is empty is libpq's default (a Unix socket)."""

    database: str = ""
    host: str = ""
    port: str = ""
    user: str = ""
    sslmode: str = ""
    password: str = field(default="", repr=False)
    file: str = ""
    others: tuple[tuple[str, str], ...] = ()
    """What a DSN gives libpq besides, such as `service`."""

    def __str__(self) -> str:
        place = f" on {self.host}" if self.host else ""
        return f"{self.database or '(default)'}{place}" + (f":{self.port}" if self.port else "")

    @property
    def is_local(self) -> bool:
        """Whether the server is on this machine, as far as can be told."""
        return self.host in ("", "localhost", "127.0.0.1", "::1") or self.host.startswith("/")

    @property
    def arguments(self) -> dict[str, str]:
        """Keyword arguments for libpq."""
        given = {"dbname": self.database, "host": self.host, "port": self.port, "user": self.user,
                 "sslmode": self.sslmode, "password": self.password}
        return {name: value for name, value in given.items() if value} | dict(self.others)


class NoProfile(EnvironmentFault):
    """There is no database profile: DaCHS is not set up here, or we may not read how."""


def read_profile(config: GavoRc, name: str = "trustedquery") -> Profile:
    """One of DaCHS's database profiles (`feed`, `trustedquery`, `untrustedquery`; `admin` is another name of `feed`).

    Raises NoProfile if there is none or it may not be read, ConfigurationError if DaCHS could not read it either.
    """
    name = "feed" if name == "admin" else name
    path = _profile_file(config, name)
    return Profile(**dict(_assignments(config, path, 0)), file=str(path))


def _profile_file(config: GavoRc, name: str) -> Path:
    for folder in config.profile_path:
        if (folder / name).exists():
            return folder / name
    folders = ", ".join(str(folder) for folder in config.profile_path)
    raise NoProfile(f"there is no database profile {name!r} in {folders}",
                    "set DaCHS up with 'dachs init', or validate on a throw-away database with --scratch")


def _assignments(config: GavoRc, path: Path, depth: int) -> Iterator[tuple[str, str]]:
    """The settings of a profile file, tokenized as DaCHS does: shell words, joined up to the end of the line."""
    try:
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError as error:
        raise NoProfile(f"the database profile {path} cannot be read: {error.strerror}",
                        f"run as root or as a member of the group {config.get('general', 'gavoGroup')}") from None
    words = shlex.shlex(text, str(path), posix=True)
    words.whitespace = " \t\r"
    line: list[str] = []
    try:
        for word in words:
            if word != "\n":
                line.append(word)
                continue
            yield from _setting(config, path, line, depth)
            line = []
    except ValueError as error:
        raise ConfigurationError(f"{path} is no valid database profile: {error}", f"mend {path}") from None
    if line:
        raise ConfigurationError(f"the last line of {path} does not end, so that DaCHS cannot read it",
                                 f"run 'echo >> {path}'")


def _setting(config: GavoRc, path: Path, line: list[str], depth: int) -> Iterator[tuple[str, str]]:
    if not line:
        return
    if line[0] == "include":
        if depth >= _DEEPEST_INCLUDE:
            raise ConfigurationError(f"{path} includes itself", f"mend {path}")
        yield from _assignments(config, _profile_file(config, "".join(line[1:])), depth + 1)
    elif line[0] in _KEYS and line[1:2] == ["="]:
        yield line[0], "".join(line[2:])
    else:
        raise ConfigurationError(f"{path} has a line that is no setting of a database profile: {line[0]!r}",
                                 f"give it lines such as 'host = localhost', with {', '.join(_KEYS)}")
