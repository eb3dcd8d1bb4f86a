"""Which RD language a run checks against: a table of ours, or what a DaCHS says that we have no table of."""

from __future__ import annotations

import json
import os
import time
from typing import Any

from dachsadmin.check.cache import Cache
from dachsadmin.errors import EnvironmentFault
from dachsadmin.rd.language import Language, load
from dachsadmin.system import worker
from dachsadmin.system.dachs import Dachs
from dachsadmin.system.host import Host

DESCRIBE = os.path.join(os.path.dirname(os.path.abspath(worker.__file__)), "describe.py")
FORMAT = 1
"""The layout of tables that we can read."""
_SECONDS = 120


def choose(wanted: str, installed: Dachs | None, host: Host, cache: Cache) -> Language:
    """The language of the version asked for, else that of the DaCHS that is there, else the newest.

    A DaCHS that we have no table of is asked itself, once; if it cannot answer, the nearest table stands in for it
    (then Language.exact is False).
    """
    language = load(wanted or (installed.version if installed else Language.versions()[-1]))
    if language.exact or installed is None or load(installed.version).numbers != language.numbers:
        return language
    table = _described(installed, host, cache)
    return language if table is None else Language(language.version, table | {"version": language.version})


def _described(installed: Dachs, host: Host, cache: Cache) -> dict[str, Any] | None:
    """What a DaCHS says of its language; None if it cannot be asked."""
    key = {"kind": "language", "format": FORMAT, "version": installed.version, "folder": installed.folder}
    kept = cache.get(key)
    if kept is None:
        begun = time.time()
        try:
            told = host.run([installed.interpreter, DESCRIBE], env={"PYTHONPATH": installed.pythonpath},
                            timeout=_SECONDS)
            kept = {"table": json.loads(told.stdout)}
        except (EnvironmentFault, ValueError):
            return None
        files = [os.path.join(installed.folder, name) for name in ("rscdesc.py", "base/structure.py")]
        cache.put(key, files, kept, begun)
    table: dict[str, Any] = kept["table"]
    return table if table.get("format") == FORMAT else None
