"""Which DaCHS there is: its version, its place, and the RDs that it brings."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass

from dachsadmin.errors import AdminError, EnvironmentFault
from dachsadmin.system.gavorc import GavoRc
from dachsadmin.system.host import Host

INTERPRETER = "/usr/bin/python3"
"""Debian's packages install gavo for this interpreter."""

_PROBE = """
import importlib.metadata, importlib.util, json, sys
found = importlib.util.find_spec("gavo")
version = next((d.version for d in importlib.metadata.distributions(name="gavodachs")), "")
print(json.dumps([version, found.submodule_search_locations[0] if found else "", sys.version.split()[0]]))
"""


@dataclass(frozen=True)
class Dachs:
    """An installed or unpacked DaCHS. `folder` is that of its package gavo; `python` the version of its interpreter."""

    version: str
    folder: str
    python: str
    interpreter: str = INTERPRETER
    pythonpath: str = ""

    @property
    def builtin(self) -> tuple[str, ...]:
        """The ids of its own RDs: `//adql`, `//datalink`, ..."""
        folder = os.path.join(self.folder, "resources", "inputs", "__system__")
        try:
            names = os.listdir(folder)
        except OSError:
            return ()
        return tuple(sorted(f"//{name.removesuffix('.rd')}" for name in names if name.endswith(".rd")))


def find(host: Host, interpreter: str = INTERPRETER, pythonpath: str = "") -> Dachs | None:
    """The DaCHS that an interpreter would use, None if it has none. gavo itself is not imported."""
    try:
        told = host.run([interpreter, "-c", _PROBE], env={"PYTHONPATH": pythonpath}, timeout=30)
        version, folder, python = json.loads(told.stdout)
    except (AdminError, ValueError):
        return None
    return Dachs(version, folder, python, interpreter, pythonpath) if folder and version else None


def operator(host: Host, config: GavoRc) -> str:
    """Whose tree it is, and who works on it: the owner of inputsDir; where that is root, the server's user."""
    inputs = str(config.inputs)
    found = host.mode_and_owner(inputs)
    if found is None:
        raise EnvironmentFault(f"DaCHS is not set up here: there is no {inputs}", "run 'dachs init'")
    owner = found[1].partition(":")[0]
    return owner if owner not in ("root", "0") else config.server_user
