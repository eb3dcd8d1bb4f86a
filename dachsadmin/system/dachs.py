"""Which DaCHS there is: its version, its place, and the RDs that it brings."""

from __future__ import annotations

import json
import os
import site
import sys
from dataclasses import dataclass

from dachsadmin.errors import AdminError, EnvironmentFault
from dachsadmin.system.gavorc import GavoRc
from dachsadmin.system.host import Host

INTERPRETER = "/usr/bin/python3"
"""Debian's packages install gavo for this interpreter."""
ADMINISTRATOR = "dachsroot"


def _look(path: list[str]) -> tuple[str, str, str]:
    """The version and folder of the DaCHS on a path (`` for none), and the version of Python."""
    import importlib.machinery
    import importlib.metadata
    import sys

    found = importlib.machinery.PathFinder.find_spec("gavo", path)
    version = next((each.version for each in importlib.metadata.distributions(name="gavodachs", path=path)), "")
    return version, (list(found.submodule_search_locations or ()) or [""])[0] if found else "", sys.version.split()[0]


def _probe() -> str:
    """The same as a program."""
    import inspect

    return f"from __future__ import annotations\n{inspect.getsource(_look)}\nimport json, sys\nprint(json.dumps(_look(sys.path)))"


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
        if host.root == "/" and not pythonpath and _is_ours(interpreter):
            version, folder, python = _look(_own_path())
        else:
            told = host.run([interpreter, "-c", _probe()], env={"PYTHONPATH": pythonpath}, timeout=30)
            version, folder, python = json.loads(told.stdout)
    except (AdminError, ValueError):
        return None
    return Dachs(version, folder, python, interpreter, pythonpath) if folder and version else None


def _is_ours(interpreter: str) -> bool:
    """Whether it is the one that runs us: then there is no need to start it (80 ms)."""
    return sys.prefix == sys.base_prefix and os.path.realpath(interpreter) == os.path.realpath(sys.executable)


def _own_path() -> list[str]:
    """Where our interpreter looks for modules, but for PYTHONPATH and the folder that it was started in or with."""
    told = os.environ.get("PYTHONPATH", "")
    added = {os.path.abspath(each) for each in told.split(os.pathsep)} if told else set()
    if not sys.flags.safe_path:
        added.add(os.path.abspath(sys.path[0]))
    installed = {os.path.abspath(each) for each in site.getsitepackages()}
    return [each for each in sys.path if os.path.abspath(each) in installed or os.path.abspath(each) not in added]


def operator(host: Host, config: GavoRc) -> str:
    """Whose tree it is, and who works on it: the owner of inputsDir; where that is root, the server's user."""
    inputs = str(config.inputs)
    found = host.mode_and_owner(inputs)
    if found is None:
        raise EnvironmentFault(f"DaCHS is not set up here: there is no {inputs}", "run 'dachs init'")
    owner = found[1].partition(":")[0]
    return owner if owner not in ("root", "0") else config.server_user


def administrator(host: Host) -> str:
    """As whom the package of DaCHS works on its database; `` where there is no such user."""
    return ADMINISTRATOR if host.run(["id", "-u", ADMINISTRATOR], check=False, timeout=30).returncode == 0 else ""


def is_service(host: Host) -> bool:
    """Whether the server is started and stopped by systemd."""
    return host.exists("/run/systemd/system")
