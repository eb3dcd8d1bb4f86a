"""The boundary: the only place where programs are run and files of the machine are written."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import grp
import hashlib
import json
import logging
import os
import pwd
import shutil
import socket
import stat
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from io import BufferedReader
from typing import BinaryIO

from dachsadmin.errors import EnvironmentFault, Refused, TargetError
from dachsadmin.system import safepath
from dachsadmin.system.command import CommandFailed, CommandTimeout, Completed, Sink, command_line, converse, end

_log = logging.getLogger(__name__)
LOCK = "/var/lib/dachsadmin/lock"


class Host:
    """One machine, or a directory that looks like one. Paths are absolute as the machine sees them, below `root`."""

    def __init__(self, root: str | os.PathLike[str] = "/") -> None:
        self.root = os.path.abspath(root)
        self._announce: Callable[[str], None] | None = None
        self._show: Callable[[str, int, int], None] | None = None

    # -- facts ---------------------------------------------------------------------------------------------------

    @property
    def is_root(self) -> bool:
        return os.geteuid() == 0

    @property
    def hostname(self) -> str:
        return socket.gethostname()

    def clock(self) -> datetime:
        """Now, in UTC."""
        return datetime.now(timezone.utc)

    def which(self, program: str) -> str | None:
        """The path of a program; the administrator's directories are searched even if PATH lacks them."""
        path = os.environ.get("PATH", os.defpath)
        return shutil.which(program, path=f"{path}:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin")

    def demand_root(self, purpose: str) -> None:
        """Raise Refused unless we are root; `purpose` completes "... needs root"."""
        if not self.is_root:
            raise Refused(f"{purpose} needs root", "run it again with sudo")

    # -- programs ------------------------------------------------------------------------------------------------

    def run(self, argv: Sequence[str], *, user: str | None = None, timeout: float | None = None,
            env: Mapping[str, str] | None = None, stdin: bytes | BinaryIO = b"", check: bool = True, cwd: str = "/",
            secrets: Sequence[str] = (), sink: Sink | None = None) -> Completed:
        """Run a program to its end, without a shell, and return what it wrote.

        What is too much for memory is read from a file as `stdin`, and handed to `sink` as it comes.

        It runs in a session of its own with LC_ALL=C.UTF-8 (messages are parsed) and `env` added; as another `user`,
        with that user's groups and a clean environment. A daemon that it leaves behind is not waited for. Whatever
        interrupts us (a timeout, Ctrl-C) ends all of it. `secrets` are blotted out wherever the command line is shown.
        Raises EnvironmentFault if it is missing or too slow, CommandFailed if it fails and `check` holds, and Refused
        if another user is asked for without root.
        """
        shown = command_line(argv, user=user, secrets=secrets)
        _log.info("run: %s", shown)
        if self._announce:
            self._announce(shown)
        completed = self._execute(tuple(argv), shown, user, timeout, env or {}, stdin, cwd, sink)
        _log.debug("exit status %d: %s", completed.returncode, shown)
        if check and completed.returncode:
            raise CommandFailed(completed, shown)
        return completed

    @contextlib.contextmanager
    def announcing(self, announce: Callable[[str], None]) -> Iterator[None]:
        """Tell the command line of every program to `announce` just before it runs."""
        before, self._announce = self._announce, announce
        try:
            yield
        finally:
            self._announce = before

    def progress(self, what: str, done: int, total: int) -> None:
        """Tell how far long work is, to whoever wants to know."""
        if self._show:
            self._show(what, done, total)

    @contextlib.contextmanager
    def showing(self, show: Callable[[str, int, int], None]) -> Iterator[None]:
        """Hand what `progress` is told to `show`."""
        before, self._show = self._show, show
        try:
            yield
        finally:
            self._show = before

    def _execute(self, argv: tuple[str, ...], shown: str, user: str | None, timeout: float | None,
                 env: Mapping[str, str], stdin: bytes | BinaryIO, cwd: str, sink: Sink | None) -> Completed:
        if self.root != "/":
            raise Refused(f"programs run on the machine itself, never below {self.root}")
        identity, environment = self._identity(user, shown)
        program = argv[0] if "/" in argv[0] else self.which(argv[0])
        if program is None:
            raise EnvironmentFault(f"the program {argv[0]} is not installed")
        try:
            process = subprocess.Popen(argv, executable=program, stdin=subprocess.PIPE if isinstance(stdin, bytes) else stdin,
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                       env=environment | {"LC_ALL": "C.UTF-8"} | dict(env),
                                       cwd=cwd, start_new_session=True, **identity)  # type: ignore[call-overload]
        except OSError as error:
            raise EnvironmentFault(f"'{shown}' cannot be run: {error.strerror}") from None
        try:
            output = converse(process, stdin if isinstance(stdin, bytes) else b"", timeout, sink)
        except TimeoutError:
            end(process)
            raise CommandTimeout(f"'{shown}' took longer than {timeout:g} s and was stopped") from None
        except BaseException:
            end(process)
            raise
        return Completed(argv, process.returncode, *(text.decode("utf-8", "surrogateescape") for text in output))

    def _identity(self, user: str | None, shown: str) -> tuple[dict[str, object], dict[str, str]]:
        """The Popen arguments and the environment that make a program run as `user`."""
        if user is None:
            return {}, dict(os.environ)
        try:
            account = pwd.getpwnam(user)
        except KeyError:
            raise EnvironmentFault(f"there is no user {user}, as whom '{shown}' should run") from None
        environment = {name: os.environ[name] for name in ("PATH", "LANG", "TZ", "TMPDIR") if name in os.environ}
        environment |= {"HOME": account.pw_dir, "USER": user, "LOGNAME": user, "SHELL": "/bin/sh"}
        if account.pw_uid == os.geteuid():
            return {}, environment
        if not self.is_root:
            raise Refused(f"'{shown}' has to run as {user}, which needs root", "run it again with sudo")
        groups = os.getgrouplist(user, account.pw_gid)
        return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": groups}, environment

    # -- files ---------------------------------------------------------------------------------------------------

    def real(self, path: str) -> str:
        """Where a path of the machine is for the operating system that we run on."""
        return os.path.join(self.root, path.lstrip("/"))

    def exists(self, path: str) -> bool:
        """Whether anything is there, a broken symlink included."""
        return os.path.lexists(self.real(path))

    def is_folder(self, path: str) -> bool:
        """Whether a directory is there, or a symlink to one."""
        return os.path.isdir(self.real(self._follow(path)))

    def read(self, path: str, *, limit: int = -1) -> bytes:
        """The content of a regular file. Raises TargetError if there is none, it cannot be read, or has more bytes than
        `limit`."""
        with self.reading(path) as stream:
            content = stream.read(limit + 1 if limit >= 0 else -1)
            if 0 <= limit < len(content):
                raise TargetError(f"{path} has more than {limit // 1_000_000} MB")
            return content

    @contextlib.contextmanager
    def reading(self, path: str) -> Iterator[BufferedReader]:
        """A regular file, open for reading. Raises TargetError if there is none or it cannot be read."""
        try:
            inside = self._follow(path) if self.root != "/" else path
            with open(os.open(self.real(inside), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as stream:
                if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                    raise TargetError(f"{path} is no regular file")
                yield stream
        except OSError as error:
            raise TargetError(f"{path} cannot be read: {error.strerror}", f"run 'ls -l {path}'") from None

    def sha256(self, path: str) -> str:
        """The digest of a file of any size."""
        with self.reading(path) as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()

    def room(self, path: str) -> int:
        """The bytes that may still be written where a directory is, or will be."""
        place = self.real(path)
        while not os.path.isdir(place):
            place = os.path.dirname(place)
        try:
            found = os.statvfs(place)
        except OSError as error:
            raise EnvironmentFault(f"how much room {path} has is not known: {error.strerror}", f"run 'df -h {path}'") from None
        return found.f_bavail * found.f_frsize

    def text(self, path: str) -> str:
        """The content of a regular file as UTF-8; other bytes survive as surrogate escapes."""
        return self.read(path).decode("utf-8", "surrogateescape")

    def mode_and_owner(self, path: str) -> tuple[int, str] | None:
        """Permission bits and `user:group` (numbers where there are no names); None if nothing is there."""
        try:
            found = os.stat(self.real(self._follow(path)), follow_symlinks=False)
        except FileNotFoundError:
            return None
        return stat.S_IMODE(found.st_mode), self._owner_of(path, found)

    def names(self, path: str) -> list[str]:
        """What a directory contains, sorted; nothing if it does not exist."""
        try:
            return sorted(os.listdir(self.real(path)))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise TargetError(f"{path} cannot be listed: {error.strerror}", f"run 'ls -ld {path}'") from None

    def files(self, path: str) -> list[str]:
        """The files in a directory, and after them those below it; symlinks are not followed."""
        top = self.real(path)
        return [os.path.normpath(os.path.join(path, os.path.relpath(folder, top), name))
                for folder, _, names in sorted(os.walk(top)) for name in sorted(names)]

    def make_folder(self, path: str, mode: int = 0o755) -> None:
        """Make a directory and those above it that are missing, all with `mode`; one that exists stays as it is."""
        with _explained(path):
            os.close(safepath.open_folder(self.root, self._follow(path), make=mode))

    def write_atomic(self, path: str, content: bytes | str, *, mode: int | None = None,
                     owner: str | None = None, durable: bool = True) -> None:
        """Write a file so that at any moment either the old or the new content is there, on the disk.

        `owner` is `user` or `user:group`. What is not given stays as the existing file has it (a new file: 0644, ours).
        Symlinks are followed where they belong to root or us, else Refused. What is no regular file is never replaced.
        Without `durable`, for thousands of files that can be made anew, a crash of the machine may lose the new content.
        """
        with self.writing(path, mode=mode, owner=owner, durable=durable) as stream:
            stream.write(content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content)

    @contextlib.contextmanager
    def writing(self, path: str, *, mode: int | None = None, owner: str | None = None,
                durable: bool = True) -> Iterator[BinaryIO]:
        """As `write_atomic`, for what is written bit by bit: it is there when the with statement has ended well."""
        folder_path, name = os.path.split(self._follow(path))
        with _explained(path):
            folder = safepath.open_folder(self.root, folder_path)
            _sweep(folder, name)
            temporary = f".{name}.dachsadmin-{os.getpid()}-{time.monotonic_ns():x}"
            try:
                keep_mode, keep_owner = self._to_keep(path, name, folder)
                descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC,
                                     0o600, dir_fd=folder)
                try:
                    with open(descriptor, "wb") as stream:
                        yield stream
                        if owner or keep_owner:
                            self._give(path, descriptor, owner or keep_owner)
                        os.fchmod(descriptor, keep_mode if mode is None else mode)
                        stream.flush()
                        if durable:
                            os.fsync(descriptor)
                    os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
                except BaseException:
                    with contextlib.suppress(OSError):
                        os.unlink(temporary, dir_fd=folder)
                    raise
                if durable:
                    os.fsync(folder)
            finally:
                os.close(folder)

    def append(self, path: str, content: bytes) -> None:
        """Add to the end of an existing file, and return when it is on the disk; all of it, or nothing."""
        with _explained(path):
            descriptor = os.open(self.real(self._follow(path)),
                                 os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC)
            with open(descriptor, "wb", buffering=0) as stream:
                size, unwritten = os.fstat(descriptor).st_size, memoryview(content)
                try:
                    while unwritten:
                        unwritten = unwritten[stream.write(unwritten):]
                    os.fsync(descriptor)
                except OSError:
                    os.ftruncate(descriptor, size)
                    raise

    def remove(self, path: str) -> None:
        """Remove a file or symlink (not what it leads to); nothing happens if it is not there."""
        folder_path, name = os.path.split(safepath.resolve(self.root, path, last=False))
        with _explained(path):
            try:
                folder = safepath.open_folder(self.root, folder_path)
            except FileNotFoundError:
                return
            try:
                _sweep(folder, name)
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(name, dir_fd=folder)
                    os.fsync(folder)
            finally:
                os.close(folder)

    def remove_folder(self, path: str) -> None:
        """Remove a directory if it is there and empty."""
        try:
            os.rmdir(self.real(safepath.resolve(self.root, path, last=False)))
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ENOTEMPTY, errno.EEXIST):
                raise TargetError(f"{path} cannot be removed: {error.strerror}", f"run 'ls -ld {path}'") from None

    def backup(self, path: str, folder: str) -> str:
        """Copy a file below `folder` (made 0700), under its whole path; return where."""
        copy = os.path.join(folder, path.lstrip("/"))
        content = self.read(path)
        self.make_folder(os.path.dirname(copy), 0o700)
        self.write_atomic(copy, content, mode=0o600)
        return copy

    @contextlib.contextmanager
    def lock(self, purpose: str, path: str = LOCK) -> Iterator[None]:
        """Be the only one that changes this installation. Raises Refused that names the process that does already."""
        self.make_folder(os.path.dirname(path), 0o700)
        with _explained(path):
            descriptor = os.open(self.real(self._follow(path)),
                                 os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with open(descriptor, "rb+", buffering=0) as stream:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise _held_by(stream.read().decode("utf-8", "replace")) from None
            holder = {"pid": os.getpid(), "purpose": purpose, "since": self.clock().isoformat(timespec="seconds")}
            with _explained(path):
                stream.truncate(0)
                stream.write(json.dumps(holder).encode())
            try:
                yield
            finally:
                stream.truncate(0)

    def _follow(self, path: str) -> str:
        return safepath.resolve(self.root, path)

    def _to_keep(self, path: str, name: str, folder: int) -> tuple[int, str]:
        """Mode and owner that the new content of an existing file gets: `` if we need not do anything for the owner."""
        try:
            found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            return 0o644, ""
        if not stat.S_ISREG(found.st_mode):
            raise TargetError(f"{path} is no regular file and is not replaced", f"run 'ls -ld {path}'")
        ours = found.st_uid == os.geteuid() and found.st_gid == os.getegid()
        return found.st_mode & 0o777, "" if ours else f"{found.st_uid}:{found.st_gid}"

    def _give(self, path: str, descriptor: int, owner: str) -> None:
        user, _, group = owner.partition(":")
        try:
            uid = int(user) if user.isdigit() else pwd.getpwnam(user).pw_uid
            gid = int(group) if group.isdigit() else grp.getgrnam(group).gr_gid if group else -1
        except KeyError:
            raise EnvironmentFault(f"there is no user or group {owner}, to whom {path} should belong") from None
        os.fchown(descriptor, uid, gid)

    def _owner_of(self, path: str, found: os.stat_result) -> str:
        user, group = str(found.st_uid), str(found.st_gid)
        with contextlib.suppress(KeyError):
            user = pwd.getpwuid(found.st_uid).pw_name
        with contextlib.suppress(KeyError):
            group = grp.getgrgid(found.st_gid).gr_name
        return f"{user}:{group}"


@contextlib.contextmanager
def _explained(path: str) -> Iterator[None]:
    """Turn what the operating system refuses into an error that names the file."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise EnvironmentFault(f"the disk is full: {path} cannot be written", f"run 'df -h {path}'") from None
        folder = os.path.dirname(path) or "/"
        raise TargetError(f"{path} cannot be written: {error.strerror}", f"run 'ls -ld {folder}'") from None


def _sweep(folder: int, name: str) -> None:
    """Remove what a writer of this file left when it was killed."""
    for other in os.listdir(folder):
        if other.startswith(f".{name}.dachsadmin-"):
            writer = other.rpartition(".dachsadmin-")[2].partition("-")[0]
            if writer.isdigit() and not os.path.exists(f"/proc/{writer}"):
                with contextlib.suppress(OSError):
                    os.unlink(other, dir_fd=folder)


def _held_by(text: str) -> Refused:
    try:
        holder = json.loads(text)
        who = f"process {int(holder['pid'])} ({holder['purpose']}, since {holder['since']})"
    except (ValueError, KeyError, TypeError):
        who = "another dachsadmin"
    return Refused(f"this installation is being changed by {who}", "wait until it is done and run again")
