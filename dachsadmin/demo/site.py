"""The installation that the demo goes into: its configuration, who works on its tree, and what is there already."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from dachsadmin.errors import EnvironmentFault, Refused, TargetError
from dachsadmin.system import dachs, gavorc
from dachsadmin.system.gavorc import GavoRc
from dachsadmin.system.host import Host
from dachsadmin.system.postgres import published_rds

RESOURCE = "lamost5"
RD = f"{RESOURCE}/q"
AUTHORITY = "dachsadmin.demo"
MARK = "# Made by 'dachsadmin demo'; 'dachsadmin demo --remove' takes it away again.\n"
MARK_FILE = ".made-by-dachsadmin-demo"
_DEFAULT_RC = "/etc/gavo.rc"
_SYSTEM = "__system__/"


@dataclass(frozen=True)
class Site:
    """Where the demo goes. `rc` is the path of gavo.rc, `own_rc` says that there is none but ours."""

    config: GavoRc
    rc: str
    own_rc: bool
    operator: str

    @property
    def folder(self) -> str:
        """The resource directory of the demo."""
        return str(self.config.inputs / RESOURCE)

    @property
    def url(self) -> str:
        return self.config.get("web", "serverURL").rstrip("/")

    @property
    def authority(self) -> str:
        return AUTHORITY if self.own_rc else self.config.get("ivoa", "authority")

    def dachs(self, *words: str) -> tuple[str, ...]:
        """The command line of a `dachs` that uses this configuration."""
        return (*self.told_rc, "dachs", *words)

    @property
    def told_rc(self) -> tuple[str, ...]:
        """What stands before a program so that it uses this configuration; nothing where it is the usual one."""
        return () if self.rc == _DEFAULT_RC else ("env", f"GAVOSETTINGS={self.rc}")


def look(host: Host, environment: Mapping[str, str] | None = None,
         published: Callable[[GavoRc], list[str]] = published_rds) -> Site:
    """What there is. Raises EnvironmentFault if there is no DaCHS, Refused if the demo would mix with what is somebody's.

    `published` tells which RDs are published.
    """
    environment = os.environ if environment is None else environment
    if host.which("dachs") is None:
        raise EnvironmentFault("there is no DaCHS on this machine", "run 'apt-get install gavodachs2-server', or './demo' in "
                               "a checkout of dachsadmin")
    config = gavorc.read(environment)
    rc = environment.get("GAVOSETTINGS") or _DEFAULT_RC
    own_rc = not host.exists(rc) or host.text(rc).startswith(MARK)
    site = Site(config, rc, own_rc, dachs.operator(host, config))
    if not own_rc and not config.values.get(("ivoa", "authority")):
        raise TargetError(f"{rc} has no authority, which identifiers of spectra are made with",
                          f"put 'authority: YOUR.DOMAIN' into section [ivoa] of {rc}, and run again")
    demand_no_others(published(config), "run the demo on a machine that nobody depends on")
    if host.exists(site.folder) and not host.exists(f"{site.folder}/{MARK_FILE}"):
        raise Refused(f"{site.folder} is there, and not of this demo", f"run 'ls -l {site.folder}', and move it away")
    return site


def demand_no_others(published: Sequence[str], hint: str) -> None:
    """Raise Refused, with this hint, if RDs are published that are not of the demo."""
    others = [rd for rd in published if rd != RD and not rd.startswith(_SYSTEM)]
    if others:
        raise Refused(f"this server has published resources of its own: {', '.join(others[:3])}"
                      + (", ..." if len(others) > 3 else ""), hint)
