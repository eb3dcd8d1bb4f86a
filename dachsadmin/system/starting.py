"""Whether a DaCHS starts, and which Python modules it misses if it does not."""

from __future__ import annotations

import json
from collections.abc import Sequence

from dachsadmin.system.host import Host

_IMPORT = r"""
import importlib, importlib.machinery, json, linecache, re, sys, types

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


def try_import(host: Host, pythonpath: str, interpreter: str, user: str | None,
               pretended: Sequence[str] = ()) -> dict[str, str]:
    """Import what validation needs of DaCHS, with some modules pretended to be there.

    The answer has the module that is `missing`, or the `problem` in Python's words, or nothing if all is well.
    """
    environment = {"PYTHONPATH": pythonpath, "GAVOSETTINGS": "/nonexistent/gavo.rc", "GAVOCUSTOM": "/nonexistent",
                   "HOME": "/nonexistent", "PYTHONDONTWRITEBYTECODE": "1"}
    done = host.run([interpreter, "-c", _IMPORT, *pretended], user=user, env=environment, timeout=120, check=False)
    try:
        told: dict[str, str] = json.loads(done.stdout.strip().splitlines()[-1])
    except (ValueError, IndexError):
        said = [line for line in done.stderr.splitlines() if line.strip()]
        told = {"problem": said[-1].strip() if said else f"it ended with status {done.returncode}"}
    return told
