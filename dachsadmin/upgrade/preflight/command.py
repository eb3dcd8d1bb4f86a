"""All that `dachsadmin upgrade check` does, apart from the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from dachsadmin.check.explain import explain
from dachsadmin.check.terminal import Terminal
from dachsadmin.errors import EnvironmentFault, ExitCode
from dachsadmin.inspection import Inspection, Wanted, begin
from dachsadmin.system import dachs, leftovers
from dachsadmin.system.gavorc import GavoRc
from dachsadmin.system.host import Host
from dachsadmin.upgrade.preflight import engine
from dachsadmin.upgrade.preflight.check import Check
from dachsadmin.upgrade.preflight.installation import Installation, Progress

COMMAND = "upgrade check"


@dataclass(frozen=True)
class Site:
    """Which installation it is, and where dachsadmin keeps what."""

    host: Host
    config: GavoRc
    interpreter: str = dachs.INTERPRETER
    backup: str = "/var/backups/dachsadmin"
    state: str = "/var/lib/dachsadmin"
    cache: Path | None = None


def explained(word: str) -> str:
    """The page of a check, or for ALL the list of all checks."""
    return explain(word, engine.checks(), command=COMMAND)


@contextmanager
def looking(site: Site, target: str, progress: Progress) -> Iterator[Installation]:
    """The installation, with a scratch directory that lives inside the with statement only."""
    leftovers.remove_all()
    with leftovers.folder(switching=site.host.is_root) as folder:
        here = Installation(site.host, site.config, folder, interpreter=site.interpreter, target=target, backup=site.backup,
                            state=site.state, cache=site.cache, progress=progress)
        try:
            yield here
        finally:
            here.close()


def run(site: Site, target: str, wanted: Wanted, terminal: Terminal) -> ExitCode:
    """Look, report, and return the exit status. Raises TargetError if no source has what `target` names."""
    inspection = begin(COMMAND, engine.checks(), wanted, site.host)
    with looking(site, target, terminal.progress) as here:
        return make(here, inspection, terminal)


def make(here: Installation, inspection: Inspection[Check], terminal: Terminal) -> ExitCode:
    """Make the checks on an installation, and tell what they find."""
    if here.target:
        _demand(here)
    findings = engine.run(here, inspection.chosen)
    facts = replace(inspection.facts, engines=("upgrade",), targets=(here.target,) if here.target else (),
                    tree=str(here.config.inputs))
    return inspection.finish(findings, facts, terminal, notes=(_upgrade(here),))


def _demand(here: Installation) -> None:
    """Raise TargetError if there is no such suite; that apt or the network fails is for the checks to tell."""
    try:
        here.preview  # noqa: B018 - so that a wrong word is seen now
    except EnvironmentFault:
        pass


def _upgrade(here: Installation) -> str:
    """`DaCHS 2.7+dfsg-2 would become 2.13+dfsg-2`, if any check has asked apt."""
    if "preview" not in vars(here):
        return ""
    now = here.of_dachs[0].version
    return f"DaCHS {now} would become {here.version}" if here.version else f"apt has nothing newer than DaCHS {now}"
