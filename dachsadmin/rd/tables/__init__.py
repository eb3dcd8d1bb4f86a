"""The RD language of each DaCHS version as data, and how the files are written.

A table holds facts taken by introspection of the real package, nothing that DaCHS says in prose. To make one again,
run the describing program with the interpreter and the path of that DaCHS, and pipe what it prints here:

    PYTHONPATH=UNPACKED/usr/lib/python3/dist-packages /usr/bin/python3 dachsadmin/system/worker/describe.py |
        python3 -m dachsadmin.rd.tables

which writes VERSION.json beside this file. (DaCHS 2.3 wants the Python of its time, 3.9; no version needs a database
or a configuration.) A table has these keys:

- `classes`: {class: {element, members, required, free, records, macros, scripts, procs, carries_meta}}; a member says
  what it `is` and what that needs (`class`, `classes`, `type`, `values`, `also` for other names, `literal`, `key`)
- `active`: {active tag: class}, `root`: the class of `resource`
- `renderers`, `types` (of columns), `booleans` (literals), `meta` (keys with attributes of their own), `config`
  ({section: items} of gavo.rc)
- `rds`: {built-in RD: {id: what is there}}, `absent`: what could not be described
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

FOLDER = os.path.dirname(os.path.abspath(__file__))


def versions() -> tuple[str, ...]:
    """The DaCHS versions that there is a table for, oldest first."""
    found = [name[:-5] for name in os.listdir(FOLDER) if name.endswith(".json")]
    return tuple(sorted(found, key=lambda version: [int(part) for part in version.split(".")]))


def read(version: str) -> dict[str, Any]:
    """The table of one of `versions()`."""
    with open(os.path.join(FOLDER, f"{version}.json"), encoding="utf-8") as stream:
        table: dict[str, Any] = json.load(stream)
    return table


def text_of(table: Mapping[str, Any]) -> str:
    """A table as it is stored: sorted, one line for each class and each built-in RD, so that differences can be read."""
    lines = ["{"]
    for key in sorted(table):
        value = table[key]
        comma = "," if key != max(table) else ""
        if key in ("classes", "rds"):
            lines.append(f"{json.dumps(key)}: {{")
            lines.append(",\n".join(f"{json.dumps(name)}: {_dense(value[name])}" for name in sorted(value)))
            lines.append("}" + comma)
        else:
            lines.append(f"{json.dumps(key)}: {_dense(value)}{comma}")
    return "\n".join([*lines, "}", ""])


def _dense(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)

