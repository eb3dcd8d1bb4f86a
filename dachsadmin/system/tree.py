"""The files of a service tree: what stands below inputsDir, read safely."""

from __future__ import annotations

import fnmatch
import glob
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol


class Files(Protocol):
    """What rules may ask about files. Paths are absolute."""

    def kind(self, path: str) -> str:
        """`file`, `directory`, `other` (a socket, a device) or `absent`."""

    def read(self, path: str, limit: int) -> bytes | None:
        """The first `limit` + 1 bytes of a regular file; None if it cannot be read."""

    def fault(self, path: str) -> str:
        """Why a file cannot be read, in a few words."""

    def matches(self, pattern: str) -> bool:
        """Whether any file matches a shell pattern."""

    def mode(self, path: str) -> int | None:
        """The permission bits, None if there is no such file."""

    def stamp(self, path: str) -> tuple[int, int, int] | None:
        """Inode, size and mtime in ns: equal stamps mean an unchanged file. None if there is none."""


class DiskFiles:
    """The real file system. Never blocks on a FIFO or device, never follows a symlink loop for ever."""

    def kind(self, path: str) -> str:
        try:
            mode = os.stat(path).st_mode
        except (OSError, ValueError):
            return "absent"
        return "file" if stat.S_ISREG(mode) else "directory" if stat.S_ISDIR(mode) else "other"

    def read(self, path: str, limit: int) -> bytes | None:
        try:
            with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as stream:
                found = os.fstat(stream.fileno())
                if not stat.S_ISREG(found.st_mode):
                    return None
                return stream.read(min(limit, found.st_size) + 1)
        except (OSError, ValueError):
            return None

    def fault(self, path: str) -> str:
        if self.kind(path) in ("directory", "other"):
            return "it is no file"
        try:
            os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC))
        except OSError as error:
            return (error.strerror or str(error)).lower()
        except ValueError as error:
            return str(error)
        return "it cannot be read now"

    def matches(self, pattern: str) -> bool:
        folder, name = os.path.split(pattern)
        if glob.has_magic(folder) or not glob.has_magic(name):
            return next(glob.iglob(pattern, recursive=True), None) is not None
        try:
            with os.scandir(folder) as entries:  # stops at the first one: there are directories with a million files
                return any(_like(entry.name, name) for entry in entries)
        except (OSError, ValueError):
            return False

    def mode(self, path: str) -> int | None:
        try:
            return stat.S_IMODE(os.stat(path).st_mode)
        except (OSError, ValueError):
            return None

    def stamp(self, path: str) -> tuple[int, int, int] | None:
        try:
            found = os.stat(path)
        except (OSError, ValueError):
            return None
        return found.st_ino, found.st_size, found.st_mtime_ns


class MemoryFiles:
    """Files that exist in a dictionary only (path -> content), for trying rules without a disk."""

    def __init__(self, contents: dict[str, bytes], modes: dict[str, int] | None = None) -> None:
        self.contents = contents
        self.modes = modes or {}

    def kind(self, path: str) -> str:
        path = os.path.normpath(path)
        if path in self.contents:
            return "file"
        return "directory" if any(name.startswith(path.rstrip("/") + "/") for name in self.contents) else "absent"

    def read(self, path: str, limit: int) -> bytes | None:
        content = self.contents.get(os.path.normpath(path))
        return None if content is None else content[:limit + 1]

    def fault(self, path: str) -> str:
        return "no such file or directory"

    def matches(self, pattern: str) -> bool:
        wanted = os.path.normpath(pattern).split("/")
        return any(_path_like(name.split("/"), wanted) for name in self.contents)

    def mode(self, path: str) -> int | None:
        return self.modes.get(os.path.normpath(path), 0o644) if self.kind(path) != "absent" else None

    def stamp(self, path: str) -> tuple[int, int, int] | None:
        content = self.contents.get(os.path.normpath(path))
        return None if content is None else (0, len(content), hash(content))


def _like(name: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(name, pattern) and (not name.startswith(".") or pattern.startswith("."))


def _path_like(parts: list[str], wanted: list[str]) -> bool:
    if not wanted or not parts:
        return not wanted and not parts
    if wanted[0] == "**":
        return _path_like(parts, wanted[1:]) or _path_like(parts[1:], wanted)
    return _like(parts[0], wanted[0]) and _path_like(parts[1:], wanted[1:])


def walk_rds(inputs: Path, start: Path | None = None, *, closed: Callable[[str, str], None] | None = None) -> Iterator[Path]:
    """Every *.rd file below `start` (default `inputs`), sorted, as DaCHS's ALL_RECURSE means it.

    A directory with a file DACHS_PRUNE is left out with everything below it (DaCHS 2.7 forgets the subdirectories,
    measured). Hidden directories and symlink loops are left out. `closed` is told each directory that cannot be looked
    into, and why; not lost+found, which is root's wherever a file system begins.
    """
    def tell(error: OSError) -> None:
        if closed is not None and os.path.basename(str(error.filename)) != "lost+found":
            closed(str(error.filename), (error.strerror or str(error)).lower())

    seen: set[tuple[int, int]] = set()
    for folder, folders, names in os.walk(start or inputs, onerror=tell, followlinks=True):
        try:
            found = os.stat(folder)
        except OSError:
            folders.clear()
            continue
        if "DACHS_PRUNE" in names or (found.st_dev, found.st_ino) in seen:
            folders.clear()
            continue
        seen.add((found.st_dev, found.st_ino))
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name.endswith(".rd") and not name.startswith("."):
                yield Path(folder, name)
