"""What code in RDs asks of gavo, and whether a version of DaCHS has it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache

from dachsadmin.rd.names import Names

HANDED_OVER = {
    "base": "gavo.base", "utils": "gavo.utils", "stc": "gavo.stc", "coords": "gavo.base.coords",
    "codetricks": "gavo.utils.codetricks", "pgsphere": "gavo.utils.pgsphere", "sqlmunge": "gavo.base.sqlmunge",
    "rsc": "gavo.rsc", "soda": "gavo.protocols.soda",
}
"""The modules of gavo that DaCHS hands to code, by the names they have there."""

_ATTRIBUTE = re.compile(rf"(?<![\w.])({'|'.join(HANDED_OVER)})\.(\w+)")


@dataclass(frozen=True)
class Missing:
    """Something that a version does not have: where it is asked for, its full name, the versions that have it."""

    node: ast.AST
    name: str
    known_in: tuple[str, ...]


@lru_cache(maxsize=5_000)
def suspicious(text: str, names: Names, version: str) -> bool:
    """Whether code may ask for something that is not there, at a glance."""
    if "gavo" in text:
        return True
    if any(names.has(HANDED_OVER[module], name, version) is False for module, name in _ATTRIBUTE.findall(text)):
        return True
    return any(re.search(rf"(?<![\w.]){name}\b", text) for name in names.other_globals(version) if name in text)


def imported_modules(tree: ast.AST, names: Names) -> dict[str, str]:
    """The modules of gavo that code imports, by the names it gives them."""
    return dict(pair for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))
                for pair in _aliases(node, names))


def missing(tree: ast.AST, bound: AbstractSet[str], names: Names, version: str,
            modules: dict[str, str]) -> Iterator[Missing]:
    """What a version of DaCHS does not have.

    `bound` are names that mean something else here, `modules` those that were imported elsewhere. What stands in a try
    is left alone, and what hasattr is asked for: that is how code copes with several versions.
    """
    careful = {id(node) for attempt in ast.walk(tree) if isinstance(attempt, ast.Try) and attempt.handlers
               for statement in attempt.body for node in ast.walk(statement)}
    aliases = {name: module for name, module in HANDED_OVER.items() if name not in bound}
    aliases |= modules | imported_modules(tree, names)
    asked = {argument.value for call in ast.walk(tree) if isinstance(call, ast.Call)
             and isinstance(call.func, ast.Name) and call.func.id in ("hasattr", "getattr")
             for argument in call.args if isinstance(argument, ast.Constant)}
    for node in ast.walk(tree):
        if id(node) not in careful and not (isinstance(node, ast.Attribute) and (
                node.attr in asked or not isinstance(node.ctx, ast.Load))):
            yield from _missing_at(node, aliases, bound, names, version)


def _aliases(node: ast.Import | ast.ImportFrom, names: Names) -> Iterator[tuple[str, str]]:
    for alias in node.names:
        if isinstance(node, ast.Import):
            if alias.asname and alias.name.startswith("gavo"):
                yield alias.asname, alias.name
        elif node.module and names.module_known_in(f"{node.module}.{alias.name}"):
            yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _missing_at(node: ast.AST, aliases: dict[str, str], bound: AbstractSet[str], names: Names,
                version: str) -> Iterator[Missing]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            if alias.name.startswith("gavo.") and not names.has_module(alias.name, version) and not _other(alias.name):
                yield Missing(node, alias.name, names.module_known_in(alias.name))
    elif isinstance(node, ast.ImportFrom):
        module = node.module or ""
        if node.level or not (module == "gavo" or module.startswith("gavo.")) or _other(module):
            return
        if not names.has_module(module, version):
            yield Missing(node, module, names.module_known_in(module))
            return
        for alias in node.names:
            full = f"{module}.{alias.name}"
            if alias.name != "*" and not names.has_module(full, version) and not _other(full) and (
                    names.has(module, alias.name, version) is False):
                yield Missing(node, full, names.module_known_in(full) or names.known_in(module, alias.name))
    elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in aliases:
        module = aliases[node.value.id]
        if names.has_module(module, version) and names.has(module, node.attr, version) is False and (
                not names.has_module(f"{module}.{node.attr}", version)) and not node.attr.startswith("__"):
            yield Missing(node, f"{module}.{node.attr}", names.known_in(module, node.attr))
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in bound:
        if node.id in names.other_globals(version):
            yield Missing(node, node.id, names.other_globals(version)[node.id])


def _other(module: str) -> bool:
    """Modules that the table does not describe."""
    return module.startswith(("gavo.imp", "gavo.helpers.testhelpers", "gavo.helpers.trialhelpers", "gavo.user"))
