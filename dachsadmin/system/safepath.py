"""Paths below a root that are walked without falling for symlinks which somebody else has planted."""

from __future__ import annotations

import errno
import os
import posixpath
import stat

from dachsadmin.errors import Refused, TargetError

_MOST_LINKS = 40


def resolve(root: str, path: str, *, last: bool = True) -> str:
    """The path, absolute below `root`, that `path` leads to when symlinks are followed inside `root` (as chroot would).

    Parts that do not exist (yet) stay as they are. With `last` false a link in the last place is not followed. Raises
    Refused for a link that belongs to neither root nor us: whoever owns it could move it while we write.
    """
    waiting = [part for part in reversed(posixpath.normpath("/" + path).split("/")) if part]
    done: list[str] = []
    links = 0
    while waiting:
        part = waiting.pop()
        if part == "..":
            del done[-1:]
            continue
        here = os.path.join(root, *done, part)
        try:
            found = os.lstat(here)
        except (FileNotFoundError, NotADirectoryError):
            done.append(part)
            continue
        except (OSError, ValueError) as error:
            raise TargetError(f"{path} cannot be reached: {getattr(error, 'strerror', error)}") from None
        if not stat.S_ISLNK(found.st_mode) or (not waiting and not last):
            done.append(part)
            continue
        links += 1
        if links > _MOST_LINKS:
            raise TargetError(f"{path} is a symlink that leads in circles", f"run 'namei -l {path}'")
        if found.st_uid not in (0, os.geteuid()):
            raise Refused(f"{path} leads over the symlink /{'/'.join([*done, part])}, which belongs to another user",
                          f"run 'namei -l {path}' and name the real file")
        target = os.readlink(here)
        if target.startswith("/"):
            done.clear()
        waiting.extend(part for part in reversed(target.split("/")) if part not in ("", "."))
    return "/" + "/".join(done)


def open_folder(root: str, path: str, *, make: int | None = None) -> int:
    """A descriptor of the directory at a *resolved* path; with `make`, directories that are missing get that mode.

    Every step refuses symlinks, so what `resolve` has seen cannot be exchanged behind our back.
    """
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in path.split("/"):
            if not part:
                continue
            if make is not None:
                try:
                    os.mkdir(part, make, dir_fd=folder)
                except FileExistsError:
                    pass
                else:
                    os.fsync(folder)
            inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
            os.close(folder)
            folder = inner
    except OSError as error:
        os.close(folder)
        if error.errno in (errno.ELOOP, errno.EMLINK):
            raise Refused(f"{path} became a symlink while it was being used", f"run 'namei -l {path}'") from None
        raise
    return folder
