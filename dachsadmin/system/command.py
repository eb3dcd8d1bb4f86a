"""Programs: how one is shown, run to its end, and ended together with all that it started."""

from __future__ import annotations

import contextlib
import os
import re
import selectors
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dachsadmin.errors import EnvironmentFault

Sink = Callable[[bytes], object]
"""Who takes what a program writes, bit by bit."""
_SECRET = re.compile(r"(?i)((?:password|passwd|secret|token)[^\s=:]*\s*[=:]\s*)[^\s'\";&]+|(://[^\s:/@]*:)[^\s/]+(?=@)")
_SECRET_OPTION = re.compile(r"(?i)--?[a-z-]*(?:password|passwd|secret|token)")


@dataclass(frozen=True)
class Completed:
    """How a program ended. Bytes that are no UTF-8 survive in the texts as surrogate escapes."""

    argv: tuple[str, ...]
    returncode: int
    stdout: str = ""
    stderr: str = ""

    @property
    def stdout_bytes(self) -> bytes:
        return self.stdout.encode("utf-8", "surrogateescape")


class CommandFailed(EnvironmentFault):
    """A program ended with a status other than 0."""

    def __init__(self, completed: Completed, shown: str) -> None:
        said = [line for line in (completed.stderr or completed.stdout).splitlines() if line.strip()]
        status = completed.returncode
        how = f"died from {_signal_name(-status)}" if status < 0 else f"failed with exit status {status}"
        super().__init__(f"'{shown}' {how}" + (f": {redact(said[-1].strip())}" if said else ""),
                         f"run '{shown}' yourself to see all of its output")
        self.completed = completed


class CommandTimeout(EnvironmentFault):
    """A program took too long and was killed."""


def redact(text: str, secrets: Sequence[str] = ()) -> str:
    """The text without `secrets` and without what looks like a password."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "***")
    return _SECRET.sub(r"\1\2***", text)


def command_line(argv: Sequence[str], *, user: str | None = None, secrets: Sequence[str] = ()) -> str:
    """What the operator would type, with secrets blotted out."""
    words, hide = [], False
    for word in argv:
        words.append("***" if hide else redact(word, secrets))
        hide = bool(_SECRET_OPTION.fullmatch(word))
    line = " ".join(word if "***" in word and " " not in word else shlex.quote(word) for word in words)
    return f"runuser -u {user} -- {line}" if user else line


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def converse(process: subprocess.Popen[bytes], stdin: bytes, timeout: float | None,
             sink: Sink | None = None) -> tuple[bytes, bytes]:
    """Feed a process and collect its output until it ends, or hand it to `sink`; raises TimeoutError.

    communicate() would wait for end of file, which a daemon that inherited the pipes never gives (`dachs serve start`
    and pg_ctlcluster leave one behind): one second after the end nothing more is read, unless there is a sink, which
    gets all of it.
    """
    assert process.stdout and process.stderr
    until = None if timeout is None else time.monotonic() + timeout
    drained = float("inf")
    output: dict[object, bytearray] = {process.stdout: bytearray(), process.stderr: bytearray()}
    with selectors.DefaultSelector() as selector, process.stdin or contextlib.nullcontext(), process.stdout, process.stderr:
        for stream in output:
            selector.register(stream, selectors.EVENT_READ)  # type: ignore[arg-type]
        if process.stdin:
            os.set_blocking(process.stdin.fileno(), False)
            selector.register(process.stdin, selectors.EVENT_WRITE)
        unsent = memoryview(stdin)
        while selector.get_map():
            over = process.poll() is not None
            ready = selector.select(0 if over else 0.05)
            if over:
                drained = min(drained, time.monotonic() + 1)
                if not ready or (time.monotonic() > drained and sink is None):
                    break
            for key, _ in ready:
                if process.stdin and key.fileobj is process.stdin:
                    unsent = unsent[_send(process.stdin.fileno(), unsent):] if unsent and not over else unsent[:0]
                    if not unsent:
                        selector.unregister(process.stdin)
                        process.stdin.close()
                elif chunk := os.read(key.fd, 65536):
                    if sink and key.fileobj is process.stdout:
                        sink(chunk)
                    else:
                        output[key.fileobj] += chunk
                else:
                    selector.unregister(key.fileobj)
            if until is not None and time.monotonic() > until and not over:
                raise TimeoutError
        while process.poll() is None:
            if until is not None and time.monotonic() > until:
                raise TimeoutError
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(1 if until is None else min(1, max(0, until - time.monotonic())))
    return bytes(output[process.stdout]), bytes(output[process.stderr])


def _send(descriptor: int, unsent: memoryview) -> int:
    try:
        return os.write(descriptor, unsent[:65536])
    except BlockingIOError:
        return 0
    except BrokenPipeError:
        return len(unsent)


def end(process: subprocess.Popen[bytes], grace: float = 3) -> None:
    """End a process and all of its session's first group: kindly, then for certain."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(grace)
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream:
            stream.close()
