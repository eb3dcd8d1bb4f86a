"""Makes the DaCHS of this interpreter usable without its configuration, its database and its optional libraries.

For programs that say what a DaCHS is like: they run in an interpreter that has gavo, never inside dachsadmin.
"""

from __future__ import annotations

import contextlib
import inspect
import os
import re
import sys
import types


def as_packaged(root: str) -> None:
    """Point DaCHS at an empty installation below `root`.

    The site's configuration and its overrides of built-in RDs are kept away: the language is that of the package.
    Some built-in RDs do not load without these items of defaultmeta.txt.
    """
    os.mkdir(os.path.join(root, "etc"))
    with open(os.path.join(root, "gavo.rc"), "w") as stream:
        stream.write("[general]\nrootDir: %s\n" % root)
    with open(os.path.join(root, "etc", "defaultmeta.txt"), "w") as stream:
        stream.write("authority.creationDate: 2020-01-01\nauthority.shortName: site\nsite.description: site\n")
    os.environ["GAVOSETTINGS"] = os.path.join(root, "gavo.rc")
    os.environ["GAVOCUSTOM"] = os.path.join(root, "absent")
    os.environ["GAVO_INIT_RUNNING"] = "1"
    os.environ.pop("GAVO_INPUTSDIR", None)


def without_database() -> None:
    """Keep DaCHS from asking a database for what it knows of an RD: the language does not depend on it.

    DaCHS 2.11 and later ask already while they are imported, unless an installation is being made.
    """
    from gavo.base import sqlsupport

    for thing in list(vars(sqlsupport).values()):
        if inspect.isclass(thing) and getattr(thing, "extensionFunctions", 0) is None:
            thing.extensionFunctions = frozenset(["epoch_prop", "q3c_ang2ipix", "smoc_union", "healpix_nest"])
    from gavo import base
    from gavo.rscdef import rdinj

    rdinj.injectIntoContext = lambda ctx, rd_id: None
    for module in (base, sqlsupport):
        for name in [name for name in vars(module) if re.fullmatch(r"get\w*Conn", name)]:
            setattr(module, name, _empty_connection)


@contextlib.contextmanager
def _empty_connection(*_args, **_settings):
    """Stands in for DaCHS's connection managers: a database without rows."""
    yield _EmptyConnection()


class _EmptyConnection:
    def query(self, *_args, **_settings):
        return iter(())

    queryToDicts = execute = query


def without_libraries(*names: str) -> None:
    """Let a grammar be described although the library that it reads files with is not there."""
    for name in names:
        try:
            __import__(name)
        except ImportError:
            sys.modules[name] = types.ModuleType(name)


def version() -> str:
    from gavo import utils

    found = utils.getDACHSVersion() if hasattr(utils, "getDACHSVersion") else ""
    if not found:
        from gavo.base import getVersion

        found = getVersion()
    return re.match(r"[\d.]*\d", str(found).split()[-1])[0]
