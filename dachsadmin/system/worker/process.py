"""The worker's process as we see it: started as an unprivileged user in a directory of its own, ended with all it began."""

from __future__ import annotations

import array
import contextlib
import json
import logging
import os
import pwd
import secrets
import signal
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from dachsadmin.errors import EnvironmentFault, Refused
from dachsadmin.system import leftovers
from dachsadmin.system.worker.result import WorkerSettings, line

_log = logging.getLogger(__name__)
PATIENCE = 5.0
"""Seconds for the process to end when it is told to."""
SOURCES = ("footprint", "vocabularies", "speedups", "wording", "regression", "validate", "declared", "rendered",
           "child", "serve")
"""The modules that run in the worker, in the order of their imports of each other."""
MIGHTY = ("root", "dachsroot", "postgres")
"""Users that rule over the machine or over the database: they never run RD code."""

# Makes the modules that come over the line importable under their own names.
BOOTSTRAP = """
import json, socket, sys, types
wire = socket.socket(fileno=0)
size, text = int(wire.recv(10, socket.MSG_WAITALL)), b""
while len(text) < size:
    text += wire.recv(size - len(text))
for name in ("dachsadmin", "dachsadmin.system", "dachsadmin.system.worker"):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = []
for name, source in json.loads(text):
    module = types.ModuleType("dachsadmin.system.worker." + name)
    sys.modules[module.__name__] = module
    exec(compile(source, "<dachsadmin worker " + name + ">", "exec"), module.__dict__)
    setattr(sys.modules["dachsadmin.system.worker"], name, module)
module.main(wire)
"""


class Process:
    """The interpreter with gavo. `wire` is the line to it, `folder` the directory that its user may write in.

    It ends when the thread that started it ends.
    """

    def __init__(self, settings: WorkerSettings) -> None:
        self.settings = settings
        self._account = account(settings.user)
        self._token = secrets.token_hex(16)
        leftovers.remove_all()
        self._base, self._lock = leftovers.claim(leftovers.place(switching=self._account is not None))
        self.folder = str(self._base / "run")
        self.wire, theirs = socket.socketpair()
        self._told = b""
        self._complaints: IO[bytes] = tempfile.TemporaryFile()
        self._popen: subprocess.Popen[bytes] | None = None
        try:
            with theirs:
                self._popen = self._start(theirs)
            self._instruct()
        except BaseException:
            self.close()
            raise

    def _start(self, theirs: socket.socket) -> subprocess.Popen[bytes]:
        os.mkdir(self.folder, mode=0o700)
        switch: dict[str, Any] = {}
        if self._account:
            os.chown(self.folder, self._account.pw_uid, self._account.pw_gid)
            switch = {"user": self._account.pw_uid, "group": self._account.pw_gid,
                      "extra_groups": os.getgrouplist(self._account.pw_name, self._account.pw_gid)}
        try:
            return subprocess.Popen(
                [self.settings.interpreter, "-c", BOOTSTRAP], stdin=theirs, stdout=subprocess.DEVNULL,
                stderr=self._complaints, cwd=self.folder, env=self._environment(), start_new_session=True, **switch)
        except OSError as error:
            raise EnvironmentFault(f"{self.settings.interpreter} cannot be run: {error.strerror}",
                                   "name an interpreter that has gavo") from None

    def _environment(self) -> dict[str, str]:
        """Nothing of ours gets to RD code, apart from the time zone. Threads of numpy would only take memory."""
        fixed = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": self.folder, "TMPDIR": self.folder,
                 "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1",
                 "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "GAVO_LOG": "no", "DACHSADMIN_RUN": self._token}
        if "TZ" in os.environ:
            fixed["TZ"] = os.environ["TZ"]
        return {**fixed, **{name: value for name, value in self.settings.environment.items() if value}}

    def _instruct(self) -> None:
        sources = json.dumps([(name, _source(name)) for name in SOURCES]).encode("ascii")
        with contextlib.suppress(OSError):
            self.wire.sendall(b"%010d" % len(sources) + sources + line({
                "folder": self.folder, "memory_mb": self.settings.memory_mb, "speedups": self.settings.speedups}))

    def tell(self, order: Mapping[str, Any], descriptor: int | None = None) -> bool:
        """Send an order, with a file descriptor if there is one. False if the process is gone.

        RD code of the same user may have stopped it.
        """
        if self._popen is not None:
            self._popen.send_signal(signal.SIGCONT)
        rights = [] if descriptor is None else [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [descriptor]))]
        try:
            self.wire.sendmsg([line(order)], rights)
        except OSError:
            return False
        return True

    def hear(self, timeout: float) -> dict[str, Any] | None:
        """One message, waiting for it up to `timeout` s; None if the process is gone or silent."""
        deadline = time.monotonic() + timeout
        while b"\n" not in self._told:
            self.wire.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                chunk = self.wire.recv(65536)
            except OSError:
                return None
            finally:
                self.wire.settimeout(None)
            if not chunk:
                return None
            self._told += chunk
        first, self._told = self._told.split(b"\n", 1)
        told = json.loads(first)
        return told if isinstance(told, dict) else None

    @property
    def more(self) -> bool:
        """Whether another message has arrived already."""
        return b"\n" in self._told

    def complaint(self) -> str:
        """The last line that the process wrote to standard error."""
        self._complaints.seek(0)
        lines = self._complaints.read(100_000).decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else "it does not answer"

    def output_of(self, child: int) -> str:
        """The end of what a child wrote to standard output and error. The file belongs to RD code: nothing is followed."""
        try:
            name = os.path.join(self.folder, f"child-{child}", "output")
            with open(os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as stream:
                found = os.fstat(stream.fileno())
                if not stat.S_ISREG(found.st_mode):
                    return ""
                stream.seek(max(0, found.st_size - 2000))
                return stream.read(2000).decode("utf-8", "replace")
        except OSError:
            return ""

    def close(self) -> None:
        """End the process and all that it began, and remove its directory."""
        self.wire.close()
        if self._popen is not None:
            try:
                self._popen.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self._popen.kill()
                self._popen.wait()
            _end_strays(self._token, self._account.pw_uid if self._account else os.geteuid())
        self._complaints.close()
        leftovers.remove(self._base)
        os.close(self._lock)


def account(user: str | None) -> pwd.struct_passwd | None:
    """Whom RD code runs as; None if that is ourselves. Refuses users that rule over machine or database."""
    if user is None or os.geteuid() != 0:
        try:
            ourselves = pwd.getpwuid(os.geteuid()).pw_name
        except KeyError:
            ourselves = ""
        if os.geteuid() == 0 or ourselves in MIGHTY:
            raise Refused(f"RD code is not run as {ourselves or 'root'}",
                          "run as root, which hands the work to the server's user, or use --engine static")
        return None
    try:
        found = pwd.getpwnam(user)
    except KeyError:
        raise EnvironmentFault(f"there is no user {user} to run RD code as",
                               "set [web]user in gavo.rc to a user that exists") from None
    if found.pw_uid == 0 or user in MIGHTY:
        raise Refused(f"RD code is not run as {user}", "set another [web]user in gavo.rc, such as gavo")
    return found


def _source(name: str) -> str:
    return Path(__file__).with_name(f"{name}.py").read_text(encoding="utf-8")


def _end_strays(token: str, uid: int) -> None:
    """End processes that RD code started and that outlived the worker: of that user, and with our mark."""
    mark = f"DACHSADMIN_RUN={token}".encode()
    for _ in range(20):
        found = False
        for name in filter(str.isdecimal, os.listdir("/proc")):
            try:
                if os.stat(f"/proc/{name}").st_uid == uid and mark in Path(f"/proc/{name}/environ").read_bytes().split(b"\0"):
                    os.kill(int(name), signal.SIGKILL)
                    found = True
            except OSError:
                continue
        if not found:
            return
        time.sleep(0.01)
