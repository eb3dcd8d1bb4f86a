"""Which Python names each DaCHS version offers to the code in RDs, as data, and how the file is written.

The file holds names only, taken by introspection of the real packages. To make it again, run the describing program
with each DaCHS (2.3 wants the Python of its time), and give all it printed to this package:

    PYTHONPATH=UNPACKED/usr/lib/python3/dist-packages /usr/bin/python3 dachsadmin/system/worker/names.py >2.7.json
    python3 -m dachsadmin.rd.names 2.3.json 2.7.json 2.11.json 2.13.json

`names.json` has `versions`; `modules`: {module: {versions: names}}, the versions as a bit mask with the oldest as 1,
`*` in place of the names of a module that could not be imported; `globals`: {versions: names} of all code; `procs`:
{element: {arguments, names}}.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from typing import Any

FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "names.json")


class Names:
    """What the table knows."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self._table = table
        self._exports: dict[str, dict[str, int]] = {}
        self._others: dict[str, dict[str, tuple[str, ...]]] = {}

    @property
    def versions(self) -> tuple[str, ...]:
        return tuple(self._table["versions"])

    def _bit(self, version: str) -> int:
        older = [known for known in self.versions if _number(known) <= _number(version)]
        return 1 << max(len(older) - 1, 0)

    def _versions_of(self, mask: int) -> tuple[str, ...]:
        return tuple(version for at, version in enumerate(self.versions) if mask & 1 << at)

    def has_module(self, module: str, version: str) -> bool:
        """Whether a version (or the newest older one that is known) has a module of gavo."""
        return bool(self._mask(module) & self._bit(version))

    def module_known_in(self, module: str) -> tuple[str, ...]:
        return self._versions_of(self._mask(module))

    def _mask(self, module: str) -> int:
        mask = 0
        for found in self._table["modules"].get(module, {}):
            mask |= int(found)
        return mask

    def has(self, module: str, name: str, version: str) -> bool | None:
        """Whether a module of gavo has a name; None if that is not known."""
        return bool(self._export(module).get(name, 0) & self._bit(version)) or (
            None if self._export(module).get("*", 0) & self._bit(version) else False)

    def known_in(self, module: str, name: str) -> tuple[str, ...]:
        """The versions in which a module has a name."""
        return self._versions_of(self._export(module).get(name, 0))

    def _export(self, module: str) -> dict[str, int]:
        known = self._exports.get(module)
        if known is None:
            known = self._exports[module] = _spread(self._table["modules"].get(module, {}))
        return known

    def code_globals(self, version: str) -> frozenset[str]:
        """The names that all code in RDs may use."""
        bit = self._bit(version)
        return frozenset(name for name, mask in self._globals.items() if mask & bit)

    def other_globals(self, version: str) -> Mapping[str, tuple[str, ...]]:
        """The names that code may use in other versions only, with those versions."""
        known = self._others.get(version)
        if known is None:
            bit = self._bit(version)
            known = self._others[version] = {
                name: self._versions_of(mask) for name, mask in self._globals.items() if not mask & bit}
        return known

    @cached_property
    def _globals(self) -> dict[str, int]:
        return _spread(self._table["globals"])

    def of_procedure(self, element: str) -> frozenset[str]:
        """The further names that the code of a procedure (an apply, a rowfilter, ...) may use."""
        proc = self._table["procs"].get(element, {})
        return frozenset([*proc.get("arguments", ()), *proc.get("names", ())])


@cache
def load() -> Names:
    """The table; it is read once."""
    with open(FILE, encoding="utf-8") as stream:
        return Names(json.load(stream))


def _spread(by_mask: Mapping[str, str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for mask, names in by_mask.items():
        for name in names.split():
            found[name] = found.get(name, 0) | int(mask)
    return found


def _number(version: str) -> list[int]:
    return [int(part) for part in version.split("+")[0].split(".")[:2] if part.isdigit()]


def combined(described: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """One table out of what the describing program printed for each version."""
    tables = sorted(described, key=lambda table: _number(table["version"]))
    modules = sorted({module for table in tables for module in table["modules"]})
    procs: dict[str, dict[str, list[str]]] = {}
    for table in tables:
        for element, proc in table["procs"].items():
            known = procs.setdefault(element, {"arguments": [], "names": []})
            for kind in known:
                known[kind] = sorted({*known[kind], *proc[kind]})
    return {
        "versions": [table["version"] for table in tables],
        "modules": {module: _by_mask([table["modules"].get(module, []) for table in tables],
                                     [module in table["modules"] for table in tables]) for module in modules},
        "globals": _by_mask([table["globals"] for table in tables], [True] * len(tables)),
        "procs": procs,
    }


def _by_mask(names: list[list[str] | None], present: list[bool]) -> dict[str, str]:
    masks: dict[str, int] = {}
    for at, found in enumerate(names):
        if present[at]:
            for name in ["*"] if found is None else found or [""]:
                masks[name] = masks.get(name, 0) | 1 << at
    by_mask: dict[str, list[str]] = {}
    for name, mask in sorted(masks.items()):
        by_mask.setdefault(str(mask), []).append(name)
    return {mask: " ".join(found).strip() for mask, found in sorted(by_mask.items())}
