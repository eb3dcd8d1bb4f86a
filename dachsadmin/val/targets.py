"""What the words after `dachsadmin val` mean: RDs of the tree, built-in RDs, paths, ALL and ALL_RECURSE."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from dachsadmin.errors import AdminError, TargetError, UsageError
from dachsadmin.system.tree import DiskFiles, walk_rds
from dachsadmin.val.layout import Layout, guess

_MOST_TOLD = 5
"""Where nothing at all is found, that many faults are told."""


@dataclass(frozen=True)
class Target:
    """One RD to check. `path` is None for a built-in RD, which lives inside DaCHS."""

    rd_id: str
    path: str | None


@dataclass
class Targets:
    """What was found for the words: RDs in order and without repetition, and what could not be found."""

    layout: Layout
    rds: list[Target] = field(default_factory=list)
    missing: list[AdminError] = field(default_factory=list)

    def add(self, rd_id: str, path: str | None) -> None:
        if rd_id not in self._known:
            self._known.add(rd_id)
            self.rds.append(Target(rd_id, path))

    def __post_init__(self) -> None:
        self._known: set[str] = set()


def find(words: list[str], *, tree: str | None, inputs: Path, builtin: Iterable[str],
         published: Callable[[], list[str]]) -> Targets:
    """Find the RDs that `words` name.

    `tree` is what --tree says, `inputs` DaCHS's inputsDir, `builtin` the ids (`//tap`) of the RDs inside DaCHS.
    `published` asks the database (it may raise EnvironmentFault). What does not exist is listed in `missing`, and the
    others are still found. Raises TargetError if the tree itself is not there or nothing at all was found.
    """
    found = Targets(_layout(words, tree, inputs))
    for word in words:
        try:
            _find_one(word, found, builtin, published)
        except (TargetError, UsageError) as error:
            found.missing.append(error)
    if not found.rds and found.missing:
        first, more = found.missing[0], len(found.missing) - _MOST_TOLD
        told = [*(error.message for error in found.missing[:_MOST_TOLD]), *([f"and {more} more like it"] if more > 0 else [])]
        raise type(first)("; ".join(told), first.hint)
    if not found.rds:
        raise TargetError(f"there is no RD below {found.layout.inputs}", "point to your tree with --tree DIRECTORY")
    return found


def _layout(words: list[str], tree: str | None, inputs: Path) -> Layout:
    files = DiskFiles()
    if tree is not None:
        top = os.path.realpath(tree)
        if not os.path.isdir(top):
            raise TargetError(f"{tree} is no directory", "point to your tree with --tree DIRECTORY")
        return guess(files, [str(path) for path in walk_rds(Path(top))], top)
    home = os.path.realpath(inputs)
    below = (home, home.rstrip("/") + "/", os.path.abspath(inputs), os.path.abspath(inputs).rstrip("/") + "/")
    outside = [word for word in words if _is_path(word) and not any(
        path in below[::2] or path.startswith(below[1::2]) for path in _spellings(word))]
    if not outside:
        return Layout(home)
    first = os.path.realpath(outside[0])
    if os.path.isdir(first):
        return guess(files, [str(path) for path in walk_rds(Path(first))], first)
    return guess(files, [first], os.path.dirname(first))


def _spellings(word: str) -> list[str]:
    """The absolute paths that a word may mean: an RD or its folder may be a symbolic link into or out of the tree."""
    path = os.path.abspath(word)
    return [path, os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path)), os.path.realpath(path)]


def _is_path(word: str) -> bool:
    if word in ("ALL", "ALL_RECURSE") or word.startswith("//") or not word:
        return False
    try:
        return os.path.lexists(word) and (word.endswith(".rd") or os.path.isdir(word) or "/" in word)
    except ValueError:
        return False


def _find_one(word: str, found: Targets, builtin: Iterable[str], published: Callable[[], list[str]]) -> None:
    layout = found.layout
    if word == "ALL_RECURSE":
        _find_below(layout.inputs, found)
    elif word == "ALL":
        rds = published()
        if not rds:
            raise TargetError("ALL means the published RDs, and none is published",
                              "check every RD of the tree with 'dachsadmin val ALL_RECURSE'")
        for rd_id in sorted(rds):
            _find_published(rd_id, found)
    elif word.startswith("//"):
        hits = sorted(fnmatch.filter(builtin, word))
        if not hits:
            raise TargetError(f"DaCHS has no built-in RD {word}", "name one such as //tap, or '//*' for all")
        for rd_id in hits:
            found.add(rd_id, None)
    elif _may_be_id(word) and _is_there(layout.place(word.removesuffix(".rd") + ".rd")):
        found.add(os.path.normpath(word.removesuffix(".rd")), layout.place(word.removesuffix(".rd") + ".rd"))
    elif _is_path(word):
        _find_path(word, found)
    elif _may_be_id(word) and os.path.isdir(layout.place(word)):
        _find_below(layout.place(word), found)
    else:
        raise TargetError(f"there is no RD {word!r} below {layout.inputs}",
                          "name an RD id such as lamost6/q, a path, ALL or ALL_RECURSE")


def _is_there(path: str) -> bool:
    """Whether there is something that should be an RD, be it a link that leads nowhere."""
    return os.path.lexists(path) and not os.path.isdir(path)


def _may_be_id(word: str) -> bool:
    """Whether a word may name something below inputsDir: no absolute path, none that leads out, no NUL."""
    return bool(word.strip("./")) and not word.startswith(("/", "../")) and "/../" not in word and "\0" not in word


def _find_published(rd_id: str, found: Targets) -> None:
    if rd_id.startswith("__system__/"):
        found.add("//" + rd_id.removeprefix("__system__/"), None)
        return
    path = found.layout.place(rd_id + ".rd")
    if os.path.isfile(path):
        found.add(rd_id, path)
    else:
        found.missing.append(TargetError(f"{rd_id} is published, but there is no {path}",
                                         f"restore the file, or run 'dachs drop {rd_id}'"))


def _find_below(folder: str, found: Targets) -> None:
    def closed(directory: str, why: str) -> None:
        found.missing.append(TargetError(f"{directory} cannot be searched for RDs: {why}",
                                         "run val as a user that may read it"))

    for path in walk_rds(Path(folder), closed=closed):
        rd_id = found.layout.rd_id(str(path))
        if rd_id is not None:
            found.add(rd_id, str(path))


def _find_path(word: str, found: Targets) -> None:
    path = next((path for path in _spellings(word) if found.layout.rd_id(path) is not None), os.path.abspath(word))
    if os.path.isdir(path):
        before = len(found.rds)
        _find_below(path, found)
        if len(found.rds) == before:
            raise TargetError(f"there is no RD below {word}", "RDs are files that end in .rd")
        return
    rd_id = found.layout.rd_id(path)
    if not os.path.exists(path):
        raise TargetError(f"{word} is a link that leads nowhere", f"run 'ls -l {word}'")
    if rd_id is None:
        raise TargetError(f"{word} is not below {found.layout.inputs}, where this run's tree begins",
                          f"check it in a run of its own, or with --tree {os.path.dirname(path)}")
    if not path.endswith(".rd"):
        raise TargetError(f"{word} does not end in .rd", "DaCHS reads only files that end in .rd")
    found.add(rd_id, path)


def shard(rds: list[Target], text: str) -> list[Target]:
    """Part `2/5` of the RDs: every fifth one of the sorted ids, from the second. Raises UsageError."""
    number, _, of = text.partition("/")
    if not (number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of)):
        raise UsageError(f"--shard takes K/N with 1 <= K <= N, not {text!r}", "write for example --shard 2/5")
    return sorted(rds, key=lambda target: target.rd_id)[int(number) - 1::int(of)]
