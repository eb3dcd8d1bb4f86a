"""Directories for what lives as long as a run does: claimed with a lock, removed after a kill by whoever comes next."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import re
import select
import shutil
import signal
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from dachsadmin.errors import EnvironmentFault

_log = logging.getLogger(__name__)
PREFIX = "dachsadmin-scratch-"
_LONGEST_HOME = 107 - len("/.s.PGSQL.5432")
"""The name of a Unix socket may have 107 bytes."""
_PLAIN = re.compile(r"[A-Za-z0-9_./+-]+")
"""What needs no quotes in DSNs and database profiles."""


def place(*, switching: bool) -> Path:
    """A directory for temporary files: its path short enough for a socket, open to the user that we switch to."""
    for name in (tempfile.gettempdir(), "/tmp", "/var/tmp"):
        path = Path(os.path.realpath(name))
        home = str(path / f"{PREFIX}12345678" / "home")
        if len(os.fsencode(home)) > _LONGEST_HOME or not _PLAIN.fullmatch(home):
            continue
        if not switching or all(folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.parents)):
            return path
    raise EnvironmentFault(f"neither {tempfile.gettempdir()} nor /tmp can hold a scratch database: "
                           "the path must be short, plain, and open to the user that it runs as", "set TMPDIR")


def claim(parent: Path) -> tuple[Path, int]:
    """A new directory, and the descriptor that holds the lock on it as long as this process lives."""
    new = Path(tempfile.mkdtemp(prefix=f".new-{PREFIX}", dir=parent))
    lock = os.open(new, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        os.fchmod(lock, 0o711)
        base = parent / new.name.removeprefix(".new-")
        os.rename(new, base)  # only now, locked, may it be taken for a left-over
    except BaseException:
        os.close(lock)
        raise
    return base, lock


@contextlib.contextmanager
def folder(*, switching: bool) -> Iterator[Path]:
    """A directory that everybody may read, for as long as it is used."""
    base, lock = claim(place(switching=switching))
    try:
        base.chmod(0o755)
        yield base
    finally:
        remove(base)
        os.close(lock)


def abandoned(parent: Path) -> Iterator[Path]:
    """Directories of ours whose run is over: nobody holds their lock."""
    for base in sorted(parent.glob(f"{PREFIX}*")):
        try:
            lock = os.open(base, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            if os.fstat(lock).st_uid == os.geteuid():
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                yield base
        except BlockingIOError:
            continue
        finally:
            os.close(lock)


def remove_all() -> list[Path]:
    """End the servers and remove the directories of runs that were killed; return those directories."""
    removed = []
    long_ago = time.time() - 3600
    for name in sorted({os.path.realpath(name) for name in (tempfile.gettempdir(), "/tmp", "/var/tmp")}):
        for base in abandoned(Path(name)):
            _log.info("removing %s, left over from a run that was killed", base)
            remove(base)
            removed.append(base)
        for new in Path(name).glob(f".new-{PREFIX}*"):
            with contextlib.suppress(OSError):
                if new.stat().st_mtime < long_ago and new.stat().st_uid == os.geteuid():
                    new.rmdir()
    return removed


def remove(base: Path) -> None:
    """End the server that runs in a scratch directory, then remove it."""
    for number, patience in ((signal.SIGQUIT, 5.0), (signal.SIGKILL, 2.0)):
        until = time.monotonic() + patience
        servers = list(_servers(base / "home" / "pgdata"))
        for server in servers:
            with contextlib.suppress(OSError):
                signal.pidfd_send_signal(server, number)
        for server in servers:
            select.select([server], [], [], max(0, until - time.monotonic()))
            os.close(server)
    shutil.rmtree(base, ignore_errors=True)


def _servers(cluster: Path) -> Iterator[int]:
    """Descriptors of the PostgreSQL processes that work in a data directory. A number alone may be somebody else's."""
    for name in os.listdir("/proc"):
        if not name.isdecimal():
            continue
        try:
            process = os.pidfd_open(int(name))
        except OSError:
            continue
        try:
            ours = (Path("/proc", name, "comm").read_text() == "postgres\n"
                    and os.readlink(f"/proc/{name}/cwd") == str(cluster)
                    and os.stat(f"/proc/{name}").st_uid == cluster.stat().st_uid)
        except OSError:
            ours = False
        if ours:
            yield process
        else:
            os.close(process)
