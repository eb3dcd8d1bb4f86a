"""The installation whose obscore it is: its configuration, how `dachs` is called, and what we keep about it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from dachsadmin.errors import TargetError
from dachsadmin.obscore.contributions import Contribution
from dachsadmin.system import dachs, gavorc
from dachsadmin.system.dbprofile import Profile, read_profile
from dachsadmin.system.gavorc import GavoRc
from dachsadmin.system.host import Host

_DEFAULT_RC = "/etc/gavo.rc"


@dataclass(frozen=True)
class Installation:
    """`rc` is the path of gavo.rc, `environment` what decides which DaCHS with which configuration works.

    Below `state` are the contributions in quarantine.
    """

    config: GavoRc
    rc: str
    environment: Mapping[str, str]
    state: str

    @property
    def profile(self) -> Profile:
        """The role that DaCHS's tables belong to."""
        return feed(self.rc)

    @property
    def quarantine(self) -> str:
        return os.path.join(self.state, "obscore")

    def dachs(self, *words: str) -> tuple[str, ...]:
        """The command line of a `dachs` that uses this configuration."""
        told = ("env", *(f"{name}={value}" for name, value in self.environment.items())) if self.environment else ()
        return (*told, "dachs", *words)

    def operator(self, host: Host) -> str:
        return dachs.operator(host, self.config)

    def kept(self, host: Host) -> tuple[Contribution, ...]:
        """The contributions in quarantine. Raises TargetError if their folder cannot be read."""
        return tuple(_read(host, os.path.join(self.quarantine, name)) for name in host.names(self.quarantine)
                     if name.endswith(".json"))

    def record(self, part: Contribution) -> str:
        """The file that keeps a contribution."""
        return os.path.join(self.quarantine, hashlib.sha256(part.table.encode()).hexdigest()[:16] + ".json")


def look(state: str, environment: Mapping[str, str] | None = None) -> Installation:
    """What there is; `state` is the directory of the settings."""
    environment = os.environ if environment is None else environment
    decided = gavorc.passed_on(environment)
    if environment.get("PYTHONPATH"):
        decided["PYTHONPATH"] = environment["PYTHONPATH"]
    return Installation(gavorc.read(environment), environment.get("GAVOSETTINGS") or _DEFAULT_RC, decided, state)


def feed(rc: str) -> Profile:
    """How DaCHS itself connects when it imports."""
    return read_profile(gavorc.read({"GAVOSETTINGS": rc}), "feed")


def record_of(part: Contribution) -> str:
    """The content of the file that keeps a contribution."""
    return json.dumps(asdict(part), indent=1) + "\n"


def _read(host: Host, path: str) -> Contribution:
    try:
        return Contribution(**json.loads(host.text(path)))
    except (ValueError, TypeError):
        raise TargetError(f"{path} is not what dachsadmin wrote", f"look at it, and remove it: rm {path}") from None
