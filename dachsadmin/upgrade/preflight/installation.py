"""The installation that is to be upgraded: each fact is found out when a check first asks for it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar, overload

from dachsadmin.errors import AdminError, EnvironmentFault
from dachsadmin.obscore.command import plain_survey
from dachsadmin.obscore.installation import look
from dachsadmin.obscore.survey import Survey
from dachsadmin.system import aptpreview, aptsources, dachs, debs, packages, postgres, scratch, starting
from dachsadmin.system.aptpreview import Complaint, Preview
from dachsadmin.system.aptsources import Source
from dachsadmin.system.dachs import Dachs
from dachsadmin.system.gavorc import GavoRc
from dachsadmin.system.host import Host
from dachsadmin.system.packages import Package, Pin
from dachsadmin.system.postgres import LiveDatabase, ServerFacts

Fact = TypeVar("Fact")
Progress = Callable[[str, int, int], None]
SERVER = "gavodachs2-server"


class found(Generic[Fact]):
    """A fact that is found out once; what keeps it from being known is told to everybody who asks."""

    def __init__(self, find: Callable[[Any], Fact]) -> None:
        self._find = find
        self._name = find.__name__
        self.__doc__ = find.__doc__

    @overload
    def __get__(self, instance: None, owner: type) -> found[Fact]: ...

    @overload
    def __get__(self, instance: Installation, owner: type) -> Fact: ...

    def __get__(self, instance: Installation | None, owner: type) -> Fact | found[Fact]:
        if instance is None:
            return self
        if self._name in instance.faults:
            raise instance.faults[self._name]
        try:
            fact = self._find(instance)
        except AdminError as error:
            instance.faults[self._name] = error
            raise
        instance.__dict__[self._name] = fact  # which Python asks first, the next time
        return fact


@dataclass(frozen=True)
class Lists:
    """apt with lists of packages that were fetched just now, and what it complains of."""

    apt: debs.Apt
    complaints: tuple[Complaint, ...]


class Installation:
    """One machine with its DaCHS. A fact that cannot be known raises AdminError.

    `target` is what --target-release names, `` for nothing. `folder` is a scratch directory that everybody may read;
    `backup` and `state` are directories of the settings, `cache` is where val keeps verdicts.
    """

    def __init__(self, host: Host, config: GavoRc, folder: Path, *, interpreter: str = dachs.INTERPRETER, target: str = "",
                 backup: str = "/var/backups/dachsadmin", state: str = "/var/lib/dachsadmin", cache: Path | None = None,
                 progress: Progress = lambda what, done, total: None) -> None:
        self.host = host
        self.config = config
        self.folder = folder
        self.interpreter = interpreter
        self.target = target
        self.backup = backup
        self.state = state
        self.cache = cache
        self.progress = progress
        self.faults: dict[str, AdminError] = {}

    def mode_and_owner(self, path: str) -> tuple[int, str] | None:
        """As the host tells them. Raises EnvironmentFault where we may not look, as nobody but root may everywhere."""
        try:
            return self.host.mode_and_owner(path)
        except OSError as error:
            raise EnvironmentFault(f"{path} cannot be looked at: {error.strerror}", "run it as root") from None

    # -- apt and dpkg --------------------------------------------------------------------------------------------------

    @found
    def codename(self) -> str:
        return aptpreview.codename(self.host)

    @found
    def sources(self) -> tuple[Source, ...]:
        return aptsources.read(self.host)

    @found
    def packages(self) -> Mapping[str, Package]:
        """What dpkg knows, by name."""
        return {package.name: package for package in packages.known(self.host)}

    @found
    def pins(self) -> tuple[Pin, ...]:
        return packages.pins(self.host)

    @found
    def apt_configuration(self) -> tuple[tuple[str, str], ...]:
        return packages.configuration(self.host)

    @found
    def of_dachs(self) -> tuple[Package, ...]:
        """The installed packages of DaCHS, its server first."""
        own = [package for package in self.packages.values() if packages.is_of_dachs(package.name)]
        if not own:
            raise EnvironmentFault("DaCHS was not installed from packages here",
                                   "upgrade it as it was installed, and run 'dachs upgrade'")
        return tuple(sorted(own, key=lambda package: (package.name != SERVER, package.name)))

    @found
    def lists(self) -> Lists:
        self.progress("fetching lists of packages", 0, 0)
        apt = debs.Apt(self.host, self.folder / "apt")
        return Lists(apt, aptpreview.refresh(apt))

    @found
    def offers(self) -> tuple[debs.Offer, ...]:
        """What the machine's sources have, the newest of each; never what --target-release brings into play."""
        return aptpreview.origins(self.lists.apt, self.of_dachs[0].name)

    @found
    def preview(self) -> Preview:
        """What apt would do."""
        if not self.offers:
            raise EnvironmentFault("no source of packages has DaCHS",
                                   "run 'apt-get update'; 'apt-cache policy' shows the sources")
        return aptpreview.preview(self.lists.apt, [package.name for package in self.of_dachs], self.target, self.codename)

    @property
    def version(self) -> str:
        """The version that apt would bring, `` if it has nothing newer."""
        return next(filter(None, (self.preview.version(package.name) for package in self.of_dachs)), "")

    # -- DaCHS ---------------------------------------------------------------------------------------------------------

    @found
    def installed(self) -> Dachs:
        there = dachs.find(self.host, self.interpreter)
        if there is None:
            raise EnvironmentFault(f"{self.interpreter} has no DaCHS", "run 'apt-get install gavodachs2-server'")
        return there

    @found
    def user(self) -> str | None:
        """Whom code of DaCHS runs as, None for ourselves, if we are no root."""
        return scratch.unprivileged(self.host, self.config)[0]

    @found
    def starting(self) -> Mapping[str, str]:
        """The Python module that is `missing`, or the `problem`, if the installed DaCHS does not start."""
        return starting.try_import(self.host, "", self.installed.interpreter, self.user)

    @found
    def candidate(self) -> debs.Candidate | None:
        """The DaCHS that apt would bring, unpacked; None if it has nothing newer."""
        if not self.version:
            return None
        self.progress(f"unpacking DaCHS {self.version}", 0, 0)
        place = self.folder / "candidate"
        place.mkdir(mode=0o755)
        return debs.obtain_version(self.version, self.lists.apt, place, interpreter=self.interpreter, user=self.user)

    # -- the database --------------------------------------------------------------------------------------------------

    @found
    def database(self) -> LiveDatabase:
        """DaCHS's database, as the role that its tables belong to."""
        return postgres.configured(self.config, "feed")

    @found
    def server(self) -> ServerFacts:
        return self.database.facts()

    @property
    def is_local(self) -> bool:
        """Whether the database is on this machine, as far as the profile tells."""
        at = self.database.profile.host
        return at in ("", "localhost", "127.0.0.1", "::1") or at.startswith("/")

    @found
    def schema(self) -> int:
        """The version of the database's schema."""
        told = self.database.scalar("SELECT value FROM dc.metastore WHERE key = 'schemaversion'")
        if told is None or not str(told).isdigit():
            raise EnvironmentFault(f"the database {self.database} has no schema version", "run 'dachs upgrade'")
        return int(told)

    @found
    def obscore(self) -> Survey | None:
        """All that contributes to ivoa.obscore; None where DaCHS does not have it."""
        return None if self.database.obscore() is None else plain_survey(look(self.state))

    def close(self) -> None:
        """End the connections to the database, if there are any."""
        known = vars(self)
        if known.get("obscore") is not None:
            known["obscore"].database.close()
        if "database" in known:
            self.database.close()


def schema_of(code: Dachs) -> int:
    """The version of the schema that a DaCHS wants. Raises EnvironmentFault if it does not say so."""
    try:
        text = Path(os.path.join(code.folder, "user", "upgrade.py")).read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    said = re.search(r"(?m)^CURRENT_SCHEMAVERSION\s*=\s*(\d+)", text)
    if said is None:
        raise EnvironmentFault(f"DaCHS {code.version} does not say which schema it wants", "run 'dachs --version'")
    return int(said[1])
