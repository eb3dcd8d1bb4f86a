"""The program in the interpreter that has gavo: imports it once, forks children that answer, cleans up after RD code.

Runs with the standard library and gavo only. The client sends these modules' source, so that the checkout need not be
readable for the user that RD code runs as. Nothing of an RD is ever loaded in this process, only in its children.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import platform
import resource
import select
import signal
import socket
import sys
import time
import traceback

from dachsadmin.system.worker import child
from dachsadmin.system.worker.child import PR_SET_DUMPABLE, PR_SET_PDEATHSIG, describe_error, prctl, receive_line, send

PR_SET_CHILD_SUBREAPER = 36
TICK = 0.5
"""Seconds between looks at memory and stray processes."""


def main(wire: socket.socket) -> None:
    """Import gavo, then fork on demand until the client closes the line."""
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    settings = json.loads(receive_line(wire))
    sys.path[:] = [path for path in sys.path if path]
    try:
        versions = import_gavo(settings)
    except BaseException as error:
        send(wire, {"failed": describe_error(error), "trace": traceback.format_exc()})
        return
    # RD code has our uid: it must not be able to look into or change the process that watches it.
    prctl(PR_SET_DUMPABLE, 0)
    gc.collect()
    gc.freeze()
    send(wire, {"ready": versions})
    Keeper(wire, settings).run()


def import_gavo(settings: dict) -> dict:
    """Import everything that validation needs. Opens no database connection: connections do not survive a fork."""
    os.umask(0o002)
    from gavo.protocols import vocabularies as gavos_vocabularies

    from dachsadmin.system.worker import speedups, validate, vocabularies

    vocabularies.prepare(gavos_vocabularies)
    validate.prepare()
    from gavo import base

    version = base.getVersion()
    return {"dachs": version, "python": platform.python_version(), "examples": validate.knows_examples(),
            "speedups": speedups.install(version) if settings["speedups"] else ""}


class Keeper:
    """Forks children, tells of their deaths, ends what they leave behind and what takes too much memory."""

    def __init__(self, wire: socket.socket, settings: dict) -> None:
        self.wire = wire
        self.settings = settings
        self.children: dict[int, int] = {}
        self.reasons: dict[int, str] = {}
        self.traces: dict[int, str] = {}
        self.descriptors: list[int] = []
        self.crowds: dict[int, int] = {}

    def run(self) -> None:
        bell, ringer = socket.socketpair()
        bell.setblocking(False)
        ringer.setblocking(False)
        signal.set_wakeup_fd(ringer.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        pending = b""
        looked = time.monotonic()
        try:
            while True:
                ready, _, _ = select.select([self.wire, bell], [], [], TICK)
                if bell in ready:
                    with contextlib.suppress(BlockingIOError):
                        while bell.recv(4096):
                            pass
                if self.wire in ready:
                    chunk, descriptors, _, _ = socket.recv_fds(self.wire, 65536, 1)
                    if not chunk:
                        return
                    pending += chunk
                    self.descriptors += descriptors
                    while b"\n" in pending:
                        line, pending = pending.split(b"\n", 1)
                        self.obey(json.loads(line))
                self.reap()
                if time.monotonic() - looked >= TICK:
                    self.look_around()
                    looked = time.monotonic()
        finally:
            self.end_everything()

    def obey(self, order: dict) -> None:
        key = order["child"]
        if order["do"] == "fork":
            self.fork(key, self.descriptors.pop(0))
        elif order["do"] == "kill" and key in self.children:
            self.reasons[key] = order["reason"]
            self.traces[key] = self.stack_of(key)
            self.kill(self.children[key])

    def fork(self, key: int, descriptor: int) -> None:
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            status = 70
            try:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
                self.wire.close()
                child.become(parent, key, self.settings)
                status = child.answer(socket.socket(fileno=descriptor))
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(status)
        os.close(descriptor)
        self.children[key] = pid

    def reap(self) -> None:
        """Collect the dead. What a dead child has left running ends with it."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            for key in [key for key, known in self.children.items() if known == pid]:
                del self.children[key]
                self.end_strays(session=pid)
                crowd = max((number for other, number in self.crowds.items() if other != key), default=1)
                self.crowds.pop(key, None)
                send(self.wire, {"died": key, "status": os.waitstatus_to_exitcode(status), "crowd": crowd,
                                 "reason": self.reasons.pop(key, ""), "trace": self.traces.pop(key, "")})

    def look_around(self) -> None:
        """End processes that got away from their child, and children whose processes hold too much memory together."""
        table = processes()
        self.end_strays()
        for key, pid in list(self.children.items()):
            family = [pid, *descendants(pid, table)]
            self.crowds[key] = len(family)
            allowed = self.settings["memory_mb"] * 1_000_000
            held = sum(table[member][2] for member in family if member in table) * resource.getpagesize()
            if held > allowed and sum(map(own_memory, family)) > allowed:
                self.reasons[key] = "memory"
                self.kill(pid)

    def kill(self, pid: int) -> None:
        """End a child with all its processes, as long as new ones turn up."""
        with contextlib.suppress(OSError):
            os.killpg(pid, signal.SIGKILL)
        for _ in range(50):
            table = processes()
            family = [pid, *descendants(pid, table)]
            family += [member for member, (_, session, _) in table.items() if session == pid and member not in family]
            alive = [member for member in family if table.get(member)]
            if not alive:
                return
            for number in (signal.SIGSTOP, signal.SIGKILL):
                for member in alive:
                    with contextlib.suppress(OSError):
                        os.kill(member, number)
            time.sleep(0.01)

    def end_strays(self, session: int = 0) -> None:
        """End our direct children that we did not fork (orphans of RD code come to us), and a dead child's session."""
        for _ in range(50):
            table = processes()
            own, known = os.getpid(), set(self.children.values())
            strays = {pid for pid, (parent, of_session, _) in table.items()
                      if (parent == own and pid not in known) or (session and of_session == session)}
            for stray in list(strays):
                strays.update(descendants(stray, table))
            for pid in strays:
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            if not strays:
                return
            time.sleep(0.01)
            for pid in strays:
                with contextlib.suppress(OSError):
                    os.waitpid(pid, os.WNOHANG)

    def stack_of(self, key: int) -> str:
        """Where a child is busy: what faulthandler says, the innermost call first."""
        path = os.path.join(self.settings["folder"], f"child-{key}", "stack")
        with contextlib.suppress(OSError):
            os.kill(self.children[key], signal.SIGUSR1)
            time.sleep(0.2)
            with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as stream:
                return stream.read(20_000).decode("utf-8", "replace")
        return ""

    def end_everything(self) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for pid in list(self.children.values()):
            self.kill(pid)
        self.children.clear()
        self.end_strays()
        for _ in range(100):
            try:
                if os.waitpid(-1, os.WNOHANG)[0] == 0:
                    time.sleep(0.01)
            except ChildProcessError:
                return


def processes() -> dict[int, tuple[int, int, int]]:
    """Each living process: its parent, its session and its resident pages."""
    table = {}
    for name in os.listdir("/proc"):
        if name.isdecimal():
            try:
                with open(f"/proc/{name}/stat", "rb") as stream:
                    fields = stream.read().rpartition(b")")[2].split()
            except OSError:
                continue
            if fields[0] not in (b"Z", b"X"):
                table[int(name)] = (int(fields[1]), int(fields[3]), int(fields[21]))
    return table


def descendants(pid: int, table: dict[int, tuple[int, int, int]]) -> list[int]:
    children: dict[int, list[int]] = {}
    for member, (parent, _, _) in table.items():
        children.setdefault(parent, []).append(member)
    found, waiting = [], list(children.get(pid, ()))
    while waiting:
        member = waiting.pop()
        if member not in found:
            found.append(member)
            waiting += children.get(member, ())
    return found


def own_memory(pid: int) -> int:
    """The memory of a process in bytes, with what it shares divided among those who share it."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb") as stream:
            return next(int(line.split()[1]) * 1024 for line in stream if line.startswith(b"Pss:"))
    except (OSError, StopIteration):
        return 0
