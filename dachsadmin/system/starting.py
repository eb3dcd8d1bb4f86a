"""Whether a DaCHS starts, which Python modules it misses if it does not, and which of its modules cannot be imported."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from dachsadmin.errors import EnvironmentFault
from dachsadmin.system.host import Host

_SENSE = """
import importlib

def sense():
    '''Have DaCHS think that it knows the database, which 2.11 asks as it is imported. Who imports it next tells of faults.'''
    try:
        module = importlib.import_module("gavo.base.sqlsupport")
    except BaseException:
        return
    for thing in vars(module).values():
        if isinstance(thing, type) and vars(thing).get("extensionFunctions", "") is None:
            thing.extensionFunctions = frozenset()
"""
_IMPORT = _SENSE + r"""
import importlib.machinery, json, linecache, re, sys, types

class Anything:
    def __init__(self, *args, **kwargs): pass
    def __call__(self, *args, **kwargs): return args[0] if args and callable(args[0]) else self
    def __getattr__(self, name): return Anything()
    def __iter__(self): return iter(())

class Pretended(types.ModuleType):
    __path__ = []
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything()

class Pretend:
    def find_spec(self, name, path=None, target=None):
        if any((name + ".").startswith(wanted + ".") or wanted.startswith(name + ".") for wanted in sys.argv[1:]):
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
    def create_module(self, spec): return Pretended(spec.name)
    def exec_module(self, module): pass

sys.meta_path.append(Pretend())
sense()
told = {}
for name in ("gavo.api", "gavo.user.cli", "gavo.user.initdachs", "gavo.user.validation", "gavo.user.importing"):
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        trace, line = error.__traceback__, ""
        while trace is not None:
            if "importlib" not in trace.tb_frame.f_code.co_filename:
                line = linecache.getline(trace.tb_frame.f_code.co_filename, trace.tb_lineno)
            trace = trace.tb_next
        written = re.match(r"\s*(?:from|import)\s+([\w.]+)", line)
        name = error.name or str(error)
        as_written = written is not None and written[1].split(".")[0] == name.split(".")[0]
        told = {"missing": written[1] if as_written else name}
        break
    except BaseException as error:
        told = {"problem": "%s: %s" % (type(error).__name__, error)}
        break
print(json.dumps(told))
"""

_IMPORT_ALL = _SENSE + r"""
import json, pkgutil
import gavo

sense()
failed = {}
for module in pkgutil.walk_packages(gavo.__path__, "gavo.", onerror=lambda name: None):
    if module.name.startswith("gavo.helpers"):
        continue
    try:
        importlib.import_module(module.name)
    except BaseException as error:
        absent = error.name if isinstance(error, ModuleNotFoundError) else ""
        failed[module.name] = [absent or "", "%s: %s" % (type(error).__name__, error)]
print("\n" + json.dumps(failed))
"""


def try_import(host: Host, pythonpath: str, interpreter: str, user: str | None,
               pretended: Sequence[str] = ()) -> dict[str, str]:
    """Import what validation needs of DaCHS, with some modules pretended to be there.

    The answer has the module that is `missing`, or the `problem` in Python's words, or nothing if all is well.
    """
    done = host.run([interpreter, "-c", _IMPORT, *pretended], user=user, env=_environment(pythonpath), timeout=120, check=False)
    try:
        told: dict[str, str] = json.loads(done.stdout.strip().splitlines()[-1])
    except (ValueError, IndexError):
        said = [line for line in done.stderr.splitlines() if line.strip()]
        told = {"problem": said[-1].strip() if said else f"it ended with status {done.returncode}"}
    return told


@dataclass(frozen=True)
class Unimportable:
    """A module of DaCHS that cannot be imported, and why; `absent` is the Python module that it lacks, `` if it is not that."""

    module: str
    problem: str
    absent: str = ""


def unimportable(host: Host, pythonpath: str, interpreter: str, user: str | None) -> tuple[Unimportable, ...]:
    """Import every module of DaCHS, but for what it is tested with. Raises EnvironmentFault if that ends before its time."""
    done = host.run([interpreter, "-c", _IMPORT_ALL], user=user, env=_environment(pythonpath), timeout=300, check=False)
    try:
        told: dict[str, list[str]] = json.loads(done.stdout.strip().splitlines()[-1])
    except (ValueError, IndexError):
        said = [line.strip() for line in done.stderr.splitlines() if line.strip()] or [f"exit status {done.returncode}"]
        raise EnvironmentFault(f"the modules of DaCHS could not be imported one by one: {said[-1]}",
                               "run 'dachs --version' to see whether DaCHS starts") from None
    return tuple(Unimportable(module, problem, absent) for module, (absent, problem) in sorted(told.items()))


def _environment(pythonpath: str) -> dict[str, str]:
    """Where no configuration is found, and nothing connects to a database, as importing DaCHS 2.13 does."""
    return {"PYTHONPATH": pythonpath, "GAVO_INIT_RUNNING": "1", "GAVOSETTINGS": "/nonexistent/gavo.rc",
            "GAVOCUSTOM": "/nonexistent", "HOME": "/nonexistent", "PYTHONDONTWRITEBYTECODE": "1"}
