"""Unit tests may not touch the real world: no programs, no sockets, no files outside their temporary directory."""

from __future__ import annotations

import os
import sys
import tempfile

import pytest

_allowed: list[str] = []
"""Where the running test may write; empty while no test is running."""
_children_allowed = False
_loopback_allowed = False
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_PROGRAMS = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn"}
_SOCKETS = {"socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname"}
# event -> positions of (path, dir_fd) in its arguments; -1 where it has none
_CHANGES = {"os.remove": [(0, 1)], "os.rmdir": [(0, 1)], "os.mkdir": [(0, 2)], "os.rename": [(0, 2), (1, 3)],
            "os.link": [(1, 3)], "os.symlink": [(1, 2)], "os.chmod": [(0, 2)], "os.chown": [(0, 3)],
            "os.truncate": [(0, -1)], "os.utime": [(0, 3)], "shutil.rmtree": [(0, -1)]}


class RealWorld(AssertionError):
    """A unit test reached for the real world; give the code a FakeHost, or move the test to another ring."""


def _absolute(path: object, folder: object = None) -> str | None:
    """Where a path leads; None for what is no path (a descriptor: whoever opened it was asked)."""
    if isinstance(path, int) or path is None:
        return None
    name = os.fsdecode(path)  # type: ignore[arg-type]
    if not os.path.isabs(name) and isinstance(folder, int) and folder >= 0:
        name = os.path.join(os.readlink(f"/proc/self/fd/{folder}"), name)
    return os.path.join(os.path.realpath(os.path.dirname(name)), os.path.basename(name))


def _demand_allowed(event: str, path: str | None) -> None:
    if path is None or path in ("/dev/null", "/dev/full") or "/__pycache__" in path or "/.hypothesis" in path:
        return
    if not any(path == place or path.startswith(place + "/") for place in _allowed):
        raise RealWorld(f"{event} on {path}")


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if not _allowed:
        return
    if event == "open":
        path, mode, flags = arguments
        # A bare name may be relative to a directory descriptor, which this event does not tell.
        named = isinstance(path, (str, bytes)) and os.path.isabs(os.fsdecode(path))
        if named and isinstance(flags, int) and flags & _WRITING:
            _demand_allowed(event, _absolute(path))
    elif event in _PROGRAMS and not _children_allowed:
        raise RealWorld(f"{event} of {arguments[0]}")
    elif event in _SOCKETS and not (_loopback_allowed and _is_loopback(event, arguments)):
        raise RealWorld(f"{event} to {arguments[-1] if event in ('socket.connect', 'socket.bind') else arguments[0]}")
    elif event in _CHANGES:
        for place, folder in _CHANGES[event]:
            _demand_allowed(event, _absolute(arguments[place], arguments[folder] if folder >= 0 else None))


def _is_loopback(event: str, arguments: tuple[object, ...]) -> bool:
    """Whether a socket event is about 127.0.0.1."""
    place = arguments[-1] if event in ("socket.connect", "socket.bind") else arguments
    return isinstance(place, tuple) and place[0] == "127.0.0.1"


sys.addaudithook(_watch)


@pytest.fixture(autouse=True)
def no_real_world(request, tmp_path, tmp_path_factory, monkeypatch):
    """Let the test write below its temporary directory only, and start from an empty environment of ours."""
    global _children_allowed, _loopback_allowed
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in list(os.environ):
        if name.startswith(("DACHSADMIN_", "GAVO")) or name in ("NO_COLOR", "FORCE_COLOR"):
            monkeypatch.delenv(name)
    _children_allowed = request.node.get_closest_marker("children") is not None
    _loopback_allowed = request.node.get_closest_marker("loopback") is not None
    _allowed.append(os.path.realpath(tmp_path_factory.getbasetemp()))
    yield
    _allowed.clear()
