"""Validation with another DaCHS: have it unpacked, and say what would go wrong with it here."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from dachsadmin.errors import EnvironmentFault
from dachsadmin.model.finding import Finding, Location, Severity
from dachsadmin.system import debs, leftovers
from dachsadmin.system.dachs import INTERPRETER, Dachs
from dachsadmin.system.gavorc import GavoRc
from dachsadmin.system.host import Host
from dachsadmin.system.scratch import unprivileged


@dataclass(frozen=True)
class Against:
    """Another DaCHS, unpacked and ready for a worker with a scratch database.

    `findings` are what its installation would break; `fault` says why it cannot validate, if it cannot. `notes` tell
    what was unpacked.
    """

    dachs: Dachs
    findings: tuple[Finding, ...] = ()
    fault: EnvironmentFault | None = None
    notes: tuple[str, ...] = ()


@contextmanager
def unpacked(wanted: str, host: Host, config: GavoRc, *, interpreter: str = INTERPRETER) -> Iterator[Against]:
    """The DaCHS that `--against` names: a suite, a version, or a directory with .debs.

    It is there inside the with statement only, and gone after a kill with the next run. Raises TargetError if there is
    no such DaCHS, EnvironmentFault if it cannot be had.
    """
    leftovers.remove_all()
    user, _group = unprivileged(host, config)
    folder, lock = leftovers.claim(leftovers.place(switching=True))
    try:
        folder.chmod(0o755)
        yield of(debs.obtain(wanted, folder, host, interpreter=interpreter, user=user))
    finally:
        leftovers.remove(folder)
        os.close(lock)


def of(candidate: debs.Candidate) -> Against:
    """The same for one that is unpacked already."""
    return Against(candidate.dachs, tuple(_finding(candidate.dachs, missing) for missing in candidate.missing),
                   _fault(candidate), (_note(candidate),))


def _finding(dachs: Dachs, missing: debs.Missing) -> Finding:
    hint = f"run 'apt-get install {missing.package}' before the upgrade" if missing.package else \
        f"find out which package brings the Python module {missing.module}, and install it before the upgrade"
    return Finding(
        "DA922", "missing-dependency", Severity.ERROR, "", Location(""),
        f"DaCHS {dachs.version} needs the Python module {missing.module}, which this machine does not have and its packages "
        "do not ask for", subject=missing.module, hint=hint, engine="deep")


def _fault(candidate: debs.Candidate) -> EnvironmentFault | None:
    if not candidate.problem:
        return None
    return EnvironmentFault(f"DaCHS {candidate.dachs.version} does not start with Python {candidate.dachs.python}: "
                            f"{candidate.problem}", "validate with it on a machine where it can be installed")


def _note(candidate: debs.Candidate) -> str:
    return f"validated with DaCHS {candidate.dachs.version}, unpacked from " + ", ".join(
        f"{name} {version}" for name, version in sorted(candidate.packages.items()))
