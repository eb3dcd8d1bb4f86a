"""A web server on loopback that answers as a test tells it to, faults included."""

from __future__ import annotations

import contextlib
import socketserver
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Union

Behaviour = Callable[[BaseHTTPRequestHandler], None]


@dataclass(frozen=True)
class Reply:
    """An answer; what is in `headers` comes on top of Content-Length."""

    body: bytes = b""
    status: int = 200
    media_type: str = "text/xml"
    headers: tuple[tuple[str, str], ...] = ()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@contextlib.contextmanager
def answering(routes: Mapping[str, Union[Reply, Behaviour]], asked: list[str] | None = None) -> Iterator[str]:
    """The root address of a server that knows some paths (without their queries); "*" stands for all others.

    A behaviour is given the handler, and writes whatever it likes. `asked` gets the paths that were asked for.
    """
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        gone = ended

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if asked is not None:
                asked.append(path)
            length = int(self.headers.get("content-length") or 0)
            self.rfile.read(length)
            found = routes.get(path, routes.get("*", Reply(b"nothing here", 404, "text/plain")))
            if not isinstance(found, Reply):
                found(self)
                return
            self.send_response(found.status)
            self.send_header("Content-Type", found.media_type)
            self.send_header("Content-Length", str(len(found.body)))
            for name, value in found.headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(found.body)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with _Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            ended.set()
            server.shutdown()
            thread.join()


def hang(handler: BaseHTTPRequestHandler) -> None:
    """Take a request and never answer it."""
    handler.gone.wait(30)  # type: ignore[attr-defined]


def drip(handler: BaseHTTPRequestHandler) -> None:
    """Answer a byte at a time, so that no single read takes long."""
    with contextlib.suppress(OSError):
        for byte in b"HTTP/1.0 200 OK\r\nX-Long: " + b"x" * 2000:
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            if handler.gone.wait(0.02):  # type: ignore[attr-defined]
                return


def broken_off(handler: BaseHTTPRequestHandler) -> None:
    """Promise more than comes."""
    handler.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Length: 1000\r\n\r\nhalf of")


def no_http(handler: BaseHTTPRequestHandler) -> None:
    """Speak another protocol."""
    handler.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")


def silent(handler: BaseHTTPRequestHandler) -> None:
    """Close the connection without a word."""
