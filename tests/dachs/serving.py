"""A scratch DaCHS that answers on loopback, for tests that ask it as clients do.

    def test_it_answers(site):
        site.rd("stars/q", RD)
        with serving(site) as server:
            server.dachs("imp", "stars/q")
            server.dachs("pub", "stars/q")
            assert server.get("/stars/q/cone/scs.xml?RA=1&DEC=2&SR=1").status == 200

`serving` starts `dachs serve start -f` on a free port, as the user that RD code runs as, with a copy of the scratch
configuration that has [web] serverURL, bindAddress and serverPort besides ([ivoa] authority is `org.example`), and waits
until /tap/availability answers. On leaving, it ends that process and its children, by their ids; where the tests are killed
before, it ends by itself. `server.url` is the root (`http://127.0.0.1:41233`). `server.dachs(...)` runs any command of `dachs` (imp, pub, limits, test, val, ...) with the
same configuration, and fails the test, showing what was said, if its status is not 0; `server.try_dachs(...)` gives what
came of it. An RD may be written, changed or imported before or while the server runs: DaCHS reads a changed RD anew by
itself, but not within 10 s of reading it last; `server.reload()` makes it do so at once.

The database is shared by all tests of a session: give each test a schema (a resource directory) of its own, and
`server.dachs("drop", rd_id)` what would disturb others. `//obscore` has to be imported once before RDs that contribute to
it: `server.dachs("imp", "//obscore")`. Folders that DaCHS is to write to (previews) are made by
`own_folder(site, "stars/previews")`.
For one server over several tests, use `new_site(installation)` of conftest.py and `serving` in a fixture of wider scope.
"""

from __future__ import annotations

import configparser
import contextlib
import http.client
import io
import os
import pwd
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dachsadmin.system import leftovers

if TYPE_CHECKING:
    from conftest import Site

STARTS_WITHIN = 60
"""Seconds that a server may take until it answers, on a busy machine."""


@dataclass(frozen=True)
class Answer:
    """What came of an HTTP request."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Server:
    """A running DaCHS. `log` has what it wrote to stdout and stderr."""

    site: Site
    url: str
    process: subprocess.Popen
    log: Path

    def get(self, path: str, timeout: float = 60) -> Answer:
        """Ask for a path (with its query) of this server."""
        return get(self.url + path, timeout)

    def reload(self) -> None:
        """Make the server read all RDs anew; by itself, it looks at a changed one 10 s after reading it at the earliest."""
        os.kill(self.process.pid, signal.SIGHUP)
        assert self.get("/tap/availability").status == 200

    def try_dachs(self, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess:
        """Run a command of `dachs`, whatever comes of it."""
        return self.site.run(*arguments, cwd=cwd)

    def dachs(self, *arguments: str, cwd: Path | None = None) -> str:
        """Run a command of `dachs` and return all that it said; it has to end with status 0."""
        done = self.try_dachs(*arguments, cwd=cwd)
        assert done.returncode == 0, f"dachs {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr


@contextlib.contextmanager
def serving(site: Site) -> Iterator[Server]:
    """Serve a site while the with statement lasts."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with leftovers.folder(switching=site.settings.user is not None) as folder:
        configuration = folder / "gavo.rc"
        configuration.write_text(configured(site, url, port))
        configuration.chmod(0o644)
        served = site.with_settings(environment={"GAVOSETTINGS": str(configuration)})
        log = folder / "server.log"
        with log.open("wb") as stream:
            process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", served.settings.interpreter, "-c",
                 "from gavo.user import cli; cli.main()", "serve", "start", "-f"],
                stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT, cwd=site.scratch.home,
                env={**os.environ, **served.settings.environment, "LC_ALL": "C.UTF-8"}, start_new_session=True,
                **served.switch())
        try:
            await_availability(url, process, log)
            yield Server(served, url, process, log)
        finally:
            end(process)


def configured(site: Site, url: str, port: int) -> str:
    """The scratch configuration with an address of its own."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(site.scratch.environment["GAVOSETTINGS"])
    parser["web"].update({"serverURL": url, "bindAddress": "127.0.0.1", "serverPort": str(port)})
    written = io.StringIO()
    parser.write(written)
    return written.getvalue()


def await_availability(url: str, process: subprocess.Popen, log: Path) -> None:
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until:
        assert process.poll() is None, f"dachs serve ended with {process.returncode}:\n{log.read_text(errors='replace')}"
        with contextlib.suppress(OSError, http.client.HTTPException):
            if get(url + "/tap/availability", timeout=5).status == 200:
                return
        time.sleep(0.1)
    raise AssertionError(f"no answer from {url} within {STARTS_WITHIN} s:\n{log.read_text(errors='replace')}")


def get(url: str, timeout: float = 60) -> Answer:
    """Ask a server on this machine, around any proxy. Redirects are not followed."""
    scheme, _, rest = url.partition("://")
    place, slash, path = rest.partition("/")
    assert scheme == "http"
    connection = http.client.HTTPConnection(place, timeout=timeout)
    try:
        connection.request("GET", slash + path or "/")
        response = connection.getresponse()
        return Answer(response.status, dict(response.getheaders()), response.read())
    finally:
        connection.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def own_folder(site: Site, name: str) -> Path:
    """A folder below inputsDir that DaCHS may write to."""
    folder = site.inputs / name
    folder.mkdir(parents=True, exist_ok=True)
    for each in (folder, *folder.parents):
        if each.is_relative_to(site.inputs):
            each.chmod(0o755)
    if site.settings.user is not None:
        account = pwd.getpwnam(site.settings.user)
        os.chown(folder, account.pw_uid, account.pw_gid)
    return folder


def end(process: subprocess.Popen) -> None:
    """End a server and what it started: they are a process group of their own."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
