"""A forked child of the worker: gives itself limits, answers requests, takes back what RD code has changed."""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import json
import os
import resource
import signal
import socket
import sys
import traceback

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
FORK_MARGIN = 48
"""How many processes and threads RD code may have, beyond those that its user has already."""
FILE_LIMIT = 256_000_000
"""The largest file that RD code may write, in bytes."""
LARGE = 230_000
"""A child that holds more memory (resident, in kB) after a request is replaced."""


def prctl(option: int, value: int) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(option, ctypes.c_ulong(value), 0, 0, 0)


def send(wire: socket.socket, message: dict) -> None:
    wire.sendall(json.dumps(message).encode("ascii") + b"\n")


def receive_line(wire: socket.socket) -> bytes:
    """One line, read byte by byte: what follows it may come with a file descriptor."""
    line = b""
    while not line.endswith(b"\n"):
        byte = wire.recv(1)
        if not byte:
            raise SystemExit(0)
        line += byte
    return line


def describe_error(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def become(parent: int, key: int, settings: dict) -> None:
    """A session, a scratch directory and limits of its own; standard streams that cannot reach the protocol."""
    os.setsid()
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    prctl(PR_SET_DUMPABLE, 1)
    if os.getppid() != parent:
        os._exit(0)
    folder = os.path.join(settings["folder"], f"child-{key}")
    os.makedirs(os.path.join(folder, "cwd"), exist_ok=True)
    os.chdir(os.path.join(folder, "cwd"))
    fresh_streams(folder)
    stack = open(os.path.join(folder, "stack"), "wb")
    faulthandler.register(signal.SIGUSR1, file=stack, all_threads=True)
    become.kept = stack  # type: ignore[attr-defined]
    memory = settings["memory_mb"] * 1_000_000
    limit(resource.RLIMIT_AS, memory)
    limit(resource.RLIMIT_CORE, 0)
    limit(resource.RLIMIT_FSIZE, FILE_LIMIT)
    limit(resource.RLIMIT_NPROC, threads_of_user() + FORK_MARGIN)


def fresh_streams(folder: str) -> None:
    """Standard input is empty, standard output and error are a file that the client may look into."""
    null = os.open(os.devnull, os.O_RDONLY)
    said = os.open(os.path.join(folder, "output"), os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    for descriptor, copy in ((null, 0), (said, 1), (said, 2)):
        if descriptor != copy:
            os.dup2(descriptor, copy)
    for descriptor in {null, said} - {0, 1, 2}:
        os.close(descriptor)


def limit(which: int, value: int) -> None:
    _, hard = resource.getrlimit(which)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (value, value))


def threads_of_user() -> int:
    """How many threads our user has: what RLIMIT_NPROC counts."""
    uid, count = os.getuid(), 0
    for name in os.listdir("/proc"):
        if name.isdecimal():
            with contextlib.suppress(OSError, ValueError):
                if os.stat(f"/proc/{name}").st_uid == uid:
                    with open(f"/proc/{name}/stat", "rb") as stream:
                        count += int(stream.read().rpartition(b")")[2].split()[17])
    return count


def answer(wire: socket.socket) -> int:
    """A child's life: one request after the other, until the client closes the line."""
    from dachsadmin.system.worker import declared, rendered, validate, vocabularies

    verbs = {"validate": validate.request, "declared": declared.request, "rendered": rendered.request,
             "vocabularies": vocabularies.request}
    hygiene = Hygiene()
    while True:
        request = json.loads(receive_line(wire))
        fresh_streams(os.path.dirname(hygiene.folder))
        send(wire, {"stage": "load"})
        try:
            reply = {"done": verbs[request["do"]](request, lambda message: send(wire, message))}
        except MemoryError:
            reply = {"done": None, "error": "MemoryError", "memory": True}
        except BaseException as error:
            reply = {"done": None, "error": describe_error(error), "trace": traceback.format_exc()}
        reply["retire"] = ("rd" not in request or hygiene.restore() or "memory" in reply
                           or bool((reply["done"] or {}).get("memory")))
        send(wire, reply)


class Hygiene:
    """What RD code may leave behind in the process, and how it is taken back."""

    def __init__(self) -> None:
        import threading

        self.threads = threading.active_count
        self.before = self.threads()
        self.folder = os.getcwd()
        self.path = list(sys.path)
        self.environment = dict(os.environ)
        self.streams = sys.stdin, sys.stdout, sys.stderr

    def restore(self) -> bool:
        """Take back what can be taken back; True if the child is better replaced."""
        sys.path[:] = self.path
        sys.stdin, sys.stdout, sys.stderr = self.streams
        if dict(os.environ) != self.environment:
            os.environ.clear()
            os.environ.update(self.environment)
        os.umask(0o002)
        try:
            os.chdir(self.folder)
        except OSError:
            return True
        return self.threads() > self.before or has_children() or resident() > LARGE


def has_children() -> bool:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True


def resident() -> int:
    """The resident memory of this process in kB."""
    with open("/proc/self/statm", "rb") as stream:
        return int(stream.read().split()[1]) * resource.getpagesize() // 1024
