#!/usr/bin/python3
"""Runs a command in a network of its own, whose only way out is a forward proxy on its loopback.

    own_network.py CACHE COMMAND [ARG ...]

The command sees nothing but `lo`, with every port free, and reaches web servers through http://127.0.0.1:3128. Debian
packages that passed once are kept in the folder CACHE. A proxy that the caller's own http_proxy names is asked in
turn. Needs root; ends with the command's exit status.
"""

from __future__ import annotations

import asyncio
import ctypes
import fcntl
import hashlib
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import urllib.parse
from pathlib import Path

PORT = 3128
_LIBC = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWNET, _PR_SET_PDEATHSIG = 0x40000000, 1
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1


def _system_call(name: str, *arguments: int) -> None:
    if getattr(_LIBC, name)(*arguments):
        raise OSError(ctypes.get_errno(), f"{name}: {os.strerror(ctypes.get_errno())}")


def _die_with_parent() -> None:
    _system_call("prctl", _PR_SET_PDEATHSIG, signal.SIGKILL)


def start(command: list[str]) -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """The command, started in a new network, and a socket that listens there. We stay in the old network."""
    outside = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    _system_call("unshare", _CLONE_NEWNET)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        flags, = struct.unpack("16xh6x", fcntl.ioctl(any_socket, _SIOCGIFFLAGS, struct.pack("16sh6x", b"lo", 0)))
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh6x", b"lo", flags | _IFF_UP))
    listener = socket.create_server(("127.0.0.1", PORT), backlog=64)
    child = subprocess.Popen(command, preexec_fn=_die_with_parent)
    _system_call("setns", outside, _CLONE_NEWNET)
    os.close(outside)
    return listener, child


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, kept: Path | None = None) -> None:
    """Copy a stream to its end, and into the file `kept` if it is given and the stream arrives whole."""
    whole, sink = b"", None
    try:
        if kept:
            whole = await reader.readuntil(b"\r\n\r\n")
            writer.write(whole)
            if b" 200 " in whole.split(b"\r\n", 1)[0]:
                sink = tempfile.NamedTemporaryFile(dir=kept.parent, delete=False)
        while chunk := await reader.read(1 << 16):
            writer.write(chunk)
            if sink:
                sink.write(chunk)
            await writer.drain()
        if kept and sink:
            length = [line.split(b":")[1] for line in whole.lower().split(b"\r\n") if line.startswith(b"content-length:")]
            sink.flush()
            if length and int(length[0]) == sink.tell():
                os.rename(sink.name, kept)
    except (OSError, asyncio.IncompleteReadError):
        pass
    finally:
        if sink:
            sink.close()
            Path(sink.name).unlink(missing_ok=True)
        writer.close()


async def _serve(cache: Path, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one request of the command: from the cache, by a tunnel, or by asking the server."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        verb, url, _ = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)
        kept = cache / hashlib.sha256(url.encode()).hexdigest() if verb == "GET" and url.endswith(".deb") else None
        if kept and kept.exists():
            writer.write(b"HTTP/1.1 200 kept\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % kept.stat().st_size)
            writer.write(kept.read_bytes())
            await writer.drain()
            return
        upstream = os.environ.get("http_proxy", "")
        parts = urllib.parse.urlsplit(upstream or (url if verb != "CONNECT" else f"//{url}"))
        reader2, writer2 = await asyncio.open_connection(parts.hostname, parts.port or 80)
        if verb == "CONNECT" and not upstream:
            writer.write(b"HTTP/1.1 200 ok\r\n\r\n")
        else:
            writer2.write(head if verb == "CONNECT" else _closing(head, url if upstream else _path(url)))
        await asyncio.gather(_pump(reader, writer2), _pump(reader2, writer, kept))
    except (OSError, ValueError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


def _path(url: str) -> str:
    parts = urllib.parse.urlsplit(url)
    return urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))


def _closing(head: bytes, address: str) -> bytes:
    """The request for `address`, after which the server is to hang up."""
    first, *lines = head.rstrip(b"\r\n").split(b"\r\n")
    verb, _, version = first.split(b" ", 2)
    kept = [line for line in lines if not line.lower().startswith((b"proxy-", b"connection:"))]
    return b"\r\n".join([b" ".join((verb, address.encode("latin-1"), version)), *kept, b"Connection: close", b"", b""])


async def run(cache: Path, listener: socket.socket, child: subprocess.Popen[bytes]) -> int:
    """Serve until the command ends; its exit status as a shell says it."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, child.kill)
    server = await asyncio.start_server(lambda reader, writer: _serve(cache, reader, writer), sock=listener)
    async with server:
        status = await loop.run_in_executor(None, child.wait)
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    _die_with_parent()
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    sys.exit(asyncio.run(run(folder, *start(sys.argv[2:]))))
