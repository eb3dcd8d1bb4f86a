"""Describes which Python names the DaCHS that this interpreter can import offers to code in RDs, as JSON on stdout.

Runs in an interpreter that has gavo, never inside dachsadmin; needs neither a database nor a configuration.
`dachsadmin.rd.names` keeps its output for the versions that Debian had.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import sys
import tempfile

_HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:] = [_HERE, *(path for path in sys.path if os.path.abspath(path) != _HERE)]
import packaged  # noqa: E402

sys.path.remove(_HERE)  # our validate is not the one that astropy wants

# Not for RD code: bundled libraries, tests that make databases, the command line.
OTHERS = ("gavo.imp", "gavo.helpers.testhelpers", "gavo.helpers.trialhelpers", "gavo.user")


def names(version: str) -> dict:
    """{version, modules: {module: names in it, None if it cannot be imported here}, globals, procs}."""
    import gavo
    from gavo.rscdef import procdef, rmkfuncs

    imported: dict = {"gavo": gavo}
    for found in pkgutil.walk_packages(gavo.__path__, "gavo.", onerror=lambda name: None):
        if not found.name.startswith(OTHERS):
            try:
                imported[found.name] = importlib.import_module(found.name)
            except BaseException as error:  # an import may even exit
                print("%s cannot be described: %s" % (found.name, error), file=sys.stderr)
                imported[found.name] = None
    # only now: some modules put names into others
    modules = {name: None if module is None else _public(module) for name, module in imported.items()}
    return {"version": version, "modules": modules, "globals": _public(rmkfuncs),
            "procs": {str(cls.name_): _procedure(cls) for cls in _below(procdef.ProcApp)}}


def _public(module) -> list:
    return sorted(name for name in dir(module) if not name.startswith("__"))


def _below(cls) -> list:
    return [found for child in cls.__subclasses__() for found in [child, *_below(child)]]


def _procedure(cls) -> dict:
    """What the code of a procedure may use besides the globals: its arguments, and names of its own."""
    return {"arguments": [part.strip() for part in getattr(cls, "formalArgs", "").split(",") if part.strip()],
            "names": sorted(cls.additionalNamesForProcs)}


def main() -> None:
    """Print the description; whatever gavo prints goes to stderr."""
    out, sys.stdout = sys.stdout, sys.stderr
    with tempfile.TemporaryDirectory() as root:
        packaged.as_packaged(root)
        packaged.without_database()
        described = names(packaged.version())
    json.dump(described, out, sort_keys=True)
    out.flush()


if __name__ == "__main__":
    main()
