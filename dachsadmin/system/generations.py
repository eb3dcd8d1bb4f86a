"""A folder of files that is replaced as a whole: whoever reads sees all old or all new ones."""

from __future__ import annotations

import errno
import gzip
import hashlib
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dachsadmin.errors import EnvironmentFault, TargetError

CURRENT = "current"
_STORE = "generations"


@dataclass(frozen=True)
class Kept:
    """A file as it was written: the SHA-256 of its content, when that changed last (epoch s), and its size in bytes."""

    digest: str
    modified: int
    size: int


class Generations:
    """`FOLDER/current` leads to the files; it is a symlink that is replaced when the next ones are complete.

    Only one process at a time may write.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.current = folder / CURRENT

    def kept(self, content: Mapping[str, bytes], before: Mapping[str, Kept], now: int) -> dict[str, Kept]:
        """What will be said of files. Unchanged content keeps its time; that of other content is later than it was."""
        found = {}
        for path, written in content.items():
            digest, known = hashlib.sha256(written).hexdigest(), before.get(path)
            if known is not None and known.digest == digest:
                found[path] = known
            else:
                found[path] = Kept(digest, max(now, known.modified + 1 if known else 0), len(written))
        return found

    def complete(self, kept: Mapping[str, Kept]) -> bool:
        """Whether the current files are there as they were written."""
        return all(_is_there(self.current / path, one) for path, one in kept.items())

    def replace(self, content: Mapping[str, bytes], kept: Mapping[str, Kept], private: Mapping[str, bytes]) -> set[str]:
        """Make these the current files, each with a gzipped one beside it; return which were written anew.

        `private` are files without one. Raises EnvironmentFault if the disk is full, TargetError if the folder cannot be
        written; then what was there stays.
        """
        store = self.folder / _STORE
        here = self.current.resolve()
        made: Path | None = None
        try:
            _folder(store)
            self.sweep()
            made = store / f"{max([0, *(int(one.name) for one in store.iterdir())]) + 1}"
            for path in {(made / path).parent for path in [*content, *private]}:
                _folder(path)
            fresh = {path for path, written in content.items() if not _link(here / path, made / path, kept[path])}
            for path in fresh:
                _write(made / path, content[path], kept[path].modified)
                _write(made / f"{path}.gz", gzip.compress(content[path], 6, mtime=0), kept[path].modified)
            for path, written in private.items():
                _write(made / path, written, None)
            os.sync()
            link = store / f"{CURRENT}-{os.getpid()}"
            link.symlink_to(Path(_STORE) / made.name)
            link.replace(self.current)
            self.sweep()
        except OSError as error:
            if made is not None and made.resolve() != self.current.resolve():
                shutil.rmtree(made, ignore_errors=True)
            raise _explained(error, self.folder) from None
        return fresh

    def withdraw(self, paths: Iterable[str]) -> None:
        """Remove current files at once, before there are others."""
        try:
            for path in paths:
                for name in (path, f"{path}.gz"):
                    (self.current / name).unlink(missing_ok=True)
        except OSError as error:
            raise _explained(error, self.folder) from None

    def read(self, path: str) -> bytes:
        """A current file, empty if there is none."""
        try:
            return (self.current / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return b""
        except OSError as error:
            raise TargetError(f"{self.current / path} cannot be read: {error.strerror}",
                              f"run 'ls -l {self.current / path}'") from None

    def sweep(self) -> None:
        """Remove what is not current: older files, and what a run that was killed has left."""
        keep = self.current.resolve()
        for one in (self.folder / _STORE).iterdir():
            if one.is_symlink():
                one.unlink()
            elif one.resolve() != keep:
                shutil.rmtree(one)


def _link(old: Path, new: Path, kept: Kept) -> bool:
    """Take over a file and its gzipped form, if it is there as it was written."""
    if not _is_there(old, kept):
        return False
    for suffix in ("", ".gz"):
        os.link(f"{old}{suffix}", f"{new}{suffix}")
    return True


def _is_there(path: Path, kept: Kept) -> bool:
    try:
        found, zipped = path.stat(), path.with_name(f"{path.name}.gz").stat()
    except FileNotFoundError:
        return False
    return (found.st_size, found.st_mtime, zipped.st_mtime) == (kept.size, kept.modified, kept.modified)


def _folder(path: Path) -> None:
    """Make a directory that web servers can read, and those above it that are missing."""
    for one in [path, *path.parents][::-1]:
        if not one.exists():
            one.mkdir()
            one.chmod(0o755)


def _write(path: Path, content: bytes, modified: int | None) -> None:
    path.write_bytes(content)
    path.chmod(0o644)
    if modified is not None:
        os.utime(path, (modified, modified))


def _explained(error: OSError, folder: Path) -> EnvironmentFault | TargetError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return EnvironmentFault(f"the disk is full: {folder} keeps what it had", f"run 'df -h {folder}'")
    return TargetError(f"{folder} cannot be written: {error.strerror}", f"run 'ls -ld {folder}'")
