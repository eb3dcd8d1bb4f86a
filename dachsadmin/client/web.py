"""HTTP with a deadline for each whole answer, a bound on its size, and no proxy in front of this machine itself."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urlencode, urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

from dachsadmin.errors import EnvironmentFault
from dachsadmin.version import version

LIMIT = 100_000_000
"""So many bytes of an answer are read at most."""
_REDIRECTS = 5
_CHUNK = 65536
_URL_CHARACTERS = ":/?#[]@!$&'()*+,;=%~"


@dataclass(frozen=True)
class Answer:
    """What came of a request: `url` is where it came from after redirects, header names are in lower case.

    `seconds` is the time from before the connection was made until the last byte. `whole` is False if no more of it was
    wanted than `body`.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float
    whole: bool = True

    @property
    def media_type(self) -> str:
        """Without parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class NoAnswer(EnvironmentFault):
    """There was no whole answer. `slow` tells that time was what lacked."""

    def __init__(self, url: str, why: str, hint: str = "", *, slow: bool = False) -> None:
        super().__init__(why, hint)
        self.url = url
        self.slow = slow


class Web:
    """Asks one request at a time, each within `timeout` seconds from beginning to end.

    A server may be asked at another address than the one it announces (behind a reverse proxy, before its name is in
    the DNS): with `announced` given, what lies below that root is asked for below `root`.
    """

    def __init__(self, root: str, *, timeout: float = 30, announced: str = "", limit: int = LIMIT) -> None:
        self.root = root.rstrip("/")
        self.announced = announced.rstrip("/") or self.root
        self.timeout = timeout
        self.limit = limit

    def here(self, url: str) -> str:
        """The address at which something that the server announces is asked for."""
        if url == self.announced or url.startswith((self.announced + "/", self.announced + "?")):
            return self.root + url[len(self.announced):]
        return url

    def get(self, url: str, parameters: Mapping[str, str] | None = None, *, enough: int = 0) -> Answer:
        """Fetch an absolute URL, or a path of this server; redirects are followed. Raises NoAnswer.

        Of large files, `enough` bytes may do.
        """
        url = url if "://" in url else self.root + url
        if parameters:
            url += ("" if url.endswith(("?", "&")) else "&" if "?" in url else "?") + urlencode(parameters)
        until = time.monotonic() + self.timeout
        answer = self.exchange("GET", url, until=until, enough=enough)
        for _ in range(_REDIRECTS):
            if answer.status not in (301, 302, 303, 307, 308) or "location" not in answer.headers:
                return answer
            with self._explained(url, until):
                target = urljoin(answer.url, answer.headers["location"])
            answer = self.exchange("GET", target, until=until, enough=enough)
        raise NoAnswer(url, f"there are more than {_REDIRECTS} redirects")

    def exchange(self, method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None, *,
                 until: float | None = None, enough: int = 0) -> Answer:
        """One request and its answer, whatever its status; redirects are not followed. Raises NoAnswer."""
        began = time.monotonic()
        until = until or began + self.timeout
        sent = {"User-Agent": f"dachsadmin/{version()}", **(headers or {}), "Connection": "close"}
        with self._explained(url, until) as over:
            split = urlsplit(quote(self.here(url), safe=_URL_CHARACTERS))
            connection, target = self._connection(split, max(until - began, 0.001))
            with contextlib.closing(connection):
                connection.connect()
                with _cut_off(connection.sock, until, over):
                    connection.request(method, target, body, sent)
                    response = connection.getresponse()
                    with response:
                        content, whole = self._read(response, url, enough)
                    if over:  # A connection that was cut off looks like one that has ended.
                        raise TimeoutError
                    found = {name.lower(): value for name, value in response.getheaders()}
                    return Answer(url, response.status, found, content, time.monotonic() - began, whole)

    def _read(self, response: http.client.HTTPResponse, url: str, enough: int) -> tuple[bytes, bool]:
        parts, size = [], 0
        while chunk := response.read(_CHUNK):
            parts.append(chunk)
            size += len(chunk)
            if enough and size >= enough:
                return b"".join(parts), False
            if size > self.limit:
                raise NoAnswer(url, f"the answer has more than {self.limit // 1_000_000} MB")
        if response.length:
            raise http.client.IncompleteRead(b"", response.length)
        return b"".join(parts), True

    def _connection(self, split: SplitResult, timeout: float) -> tuple[http.client.HTTPConnection, str]:
        """A connection that is yet to be made, and what to ask for on it."""
        if split.scheme not in ("http", "https") or not split.hostname:
            raise ValueError("it is no http address")
        port = split.port or (443 if split.scheme == "https" else 80)
        path = (split.path or "/") + (f"?{split.query}" if split.query else "")
        proxy = None if _is_here(split.hostname) or proxy_bypass(split.hostname) else getproxies().get(split.scheme)
        if split.scheme == "https":
            made = http.client.HTTPSConnection(split.hostname, port, timeout=timeout)
            if proxy:
                via = urlsplit(proxy)
                made = http.client.HTTPSConnection(via.hostname or "", via.port, timeout=timeout)
                made.set_tunnel(split.hostname, port)
            return made, path
        if proxy:
            via = urlsplit(proxy)
            return http.client.HTTPConnection(via.hostname or "", via.port, timeout=timeout), split.geturl()
        return http.client.HTTPConnection(split.hostname, port, timeout=timeout), path

    @contextlib.contextmanager
    def _explained(self, url: str, until: float) -> Iterator[list[bool]]:
        """Turn all that can go wrong on the way into NoAnswer. What is yielded becomes [True] when time was up."""
        over: list[bool] = []
        try:
            yield over
        except (OSError, http.client.HTTPException, ValueError) as error:
            if over or isinstance(error, TimeoutError) or time.monotonic() >= until:
                raise NoAnswer(url, f"there is no answer within {self.timeout:g} s", slow=True) from None
            raise NoAnswer(url, _reason(error)) from None


@contextlib.contextmanager
def _cut_off(sock: socket.socket, until: float, over: list[bool]) -> Iterator[None]:
    """Break a connection off when the time is up: a socket's own timeout begins anew with every byte."""
    def cut() -> None:
        over.append(True)
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(max(until - time.monotonic(), 0), cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _is_here(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")


def _reason(error: Exception) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens there (connection refused)"
    if isinstance(error, socket.gaierror):
        return f"its host name is not known ({error.strerror})"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message})"
    if isinstance(error, http.client.IncompleteRead):
        return "the answer ends too early"
    if isinstance(error, http.client.RemoteDisconnected):
        return "the connection was closed without an answer"
    if isinstance(error, http.client.HTTPException) and not isinstance(error, http.client.InvalidURL):
        return f"the answer is no HTTP ({type(error).__name__})"
    return " ".join(str(getattr(error, "strerror", "") or error or type(error).__name__).split())
