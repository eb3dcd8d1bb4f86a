"""What only the demo does to a machine: the verbs of its plan."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dachsadmin.client import availability
from dachsadmin.errors import TargetError
from dachsadmin.system.command import command_line
from dachsadmin.system.host import Host
from dachsadmin.verbs import Action, RunUnlessTrue, verb


@verb("generate-spectra")
@dataclass(frozen=True)
class GenerateSpectra(Action):
    """Fill a directory with the demo's spectra; undoing removes those that nobody has changed."""

    folder: str
    count: int
    seed: int
    owner: str

    def preview(self, host: Host) -> tuple[str, ...]:
        return (f"{self.count} files of 45 kB in {self.folder}",)

    def done(self, host: Host) -> bool:
        return set(self._names()) <= set(host.names(self.folder))

    def before(self, host: Host, backups: str) -> dict[str, Any]:
        return {"there": sorted(set(self._names()) & set(host.names(self.folder)))}

    def do(self, host: Host, before: Mapping[str, Any]) -> None:
        from dachsadmin.demo import lamost
        from dachsadmin.demo.population import population

        there = set(host.names(self.folder))
        for made, target in enumerate(population(self.count, self.seed)):
            host.progress("spectra", made, self.count)
            name = lamost.file_name(target)
            if name not in there:
                host.write_atomic(f"{self.folder}/{name}", lamost.file_content(target, self.seed), mode=0o644,
                                  owner=self.owner, durable=False)
        host.progress("spectra", self.count, self.count)

    def undo(self, host: Host, before: Mapping[str, Any]) -> None:
        from dachsadmin.demo import lamost
        from dachsadmin.demo.population import population

        there = set(host.names(self.folder)) - set(before["there"])
        for seen, target in enumerate(population(self.count, self.seed)):
            host.progress("spectra looked at", seen, self.count)
            path = f"{self.folder}/{lamost.file_name(target)}"
            if lamost.file_name(target) in there and host.read(path) == lamost.file_content(target, self.seed):
                host.remove(path)
        host.progress("spectra looked at", self.count, self.count)

    def _names(self) -> Iterator[str]:
        from dachsadmin.demo import lamost
        from dachsadmin.demo.population import population

        return (lamost.file_name(target) for target in population(self.count, self.seed))


@verb("make-own-folder")
@dataclass(frozen=True)
class MakeOwnFolder(Action):
    """Make a directory that `owner` (`user:group`) may write to.

    Undoing removes the files in it whose names begin with `drawn`, if that is given, and the directory once it is empty.
    """

    path: str
    owner: str
    drawn: str = ""

    def preview(self, host: Host) -> tuple[str, ...]:
        return (f"$ {command_line(self._argv)}",)

    def done(self, host: Host) -> bool:
        return host.is_folder(self.path)

    def before(self, host: Host, backups: str) -> dict[str, Any]:
        return {}

    def do(self, host: Host, before: Mapping[str, Any]) -> None:
        host.run(self._argv)

    def undo(self, host: Host, before: Mapping[str, Any]) -> None:
        for name in host.names(self.path):
            if self.drawn and name.startswith(self.drawn):
                host.remove(f"{self.path}/{name}")
        host.remove_folder(self.path)

    @property
    def _argv(self) -> tuple[str, ...]:
        user, _, group = self.owner.partition(":")
        return ("install", "-d", "-m", "2775", "-o", user, "-g", group, self.path)


@verb("run-to-write")
@dataclass(frozen=True)
class RunToWrite(Action):
    """Run a program that writes a file; undoing removes the file, unless somebody has changed it since."""

    argv: tuple[str, ...]
    path: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "argv", tuple(self.argv))

    def preview(self, host: Host) -> tuple[str, ...]:
        return (f"$ {command_line(self.argv)}",)

    def done(self, host: Host) -> bool:
        return host.exists(self.path)

    def before(self, host: Host, backups: str) -> dict[str, Any]:
        return {"backups": backups}

    def do(self, host: Host, before: Mapping[str, Any]) -> None:
        host.run(self.argv)
        host.backup(self.path, before["backups"])

    def undo(self, host: Host, before: Mapping[str, Any]) -> None:
        written = f"{before['backups']}{self.path}"
        if host.exists(self.path) and host.exists(written) and host.read(self.path) == host.read(written):
            host.remove(self.path)


@verb("import-drawing")
@dataclass(frozen=True)
class ImportDrawing(RunUnlessTrue):
    """Import what draws `total` previews into a folder, and show them as progress."""

    folder: str = ""
    total: int = 0

    def do(self, host: Host, before: Mapping[str, Any]) -> None:
        with _counting(host, self.folder, self.total):
            super().do(host, before)


@dataclass(frozen=True)
class _Server(Action):
    """What stopping and starting the server have in common.

    `url` is its root; when the page `proof` of it has `text` in it, the server is the one that the demo wants. `start`
    and `stop` are command lines.
    """

    url: str
    proof: str
    text: str
    start: tuple[str, ...]
    stop: tuple[str, ...]

    def __post_init__(self) -> None:
        for name in ("start", "stop"):
            object.__setattr__(self, name, tuple(getattr(self, name)))

    def before(self, host: Host, backups: str) -> dict[str, Any]:
        return {"running": availability.shows(self.url)}

    def _proven(self) -> bool:
        return availability.shows(self.url, self.proof, self.text)

    def _start(self, host: Host, path: str, text: str) -> None:
        host.run(self.start)
        availability.wait(lambda: availability.shows(self.url, path, text), f"the server at {self.url} does not show {path}")


@verb("stop-server")
@dataclass(frozen=True)
class StopServer(_Server):
    """Stop a server whose configuration will change; undoing starts it again where it ran."""

    def preview(self, host: Host) -> tuple[str, ...]:
        return (f"$ {command_line(self.stop)}",)

    def done(self, host: Host) -> bool:
        return self._proven() or not availability.shows(self.url)

    def do(self, host: Host, before: Mapping[str, Any]) -> None:
        host.run(self.stop)

    def undo(self, host: Host, before: Mapping[str, Any]) -> None:
        if before["running"]:
            self._start(host, availability.PATH, "")


@verb("start-server")
@dataclass(frozen=True)
class StartServer(_Server):
    """Start the server, and wait until it shows the demo; undoing stops it unless it ran before."""

    def preview(self, host: Host) -> tuple[str, ...]:
        return (f"$ {command_line(self.start)}",)

    def done(self, host: Host) -> bool:
        return self._proven()

    def do(self, host: Host, before: Mapping[str, Any]) -> None:
        self._start(host, self.proof, self.text)

    def undo(self, host: Host, before: Mapping[str, Any]) -> None:
        if not before["running"]:
            host.run(self.stop)


@contextlib.contextmanager
def _counting(host: Host, folder: str, total: int) -> Iterator[None]:
    """Show as progress how many previews there are in a folder, and that the import goes on when all are drawn."""
    over = threading.Event()

    def count() -> None:
        while not over.wait(0.5):
            with contextlib.suppress(TargetError):
                drawn = len(host.names(folder))
                host.progress("previews drawn" if drawn < total else "importing", drawn, total if drawn < total else 0)

    watcher = threading.Thread(target=count, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
        host.progress("importing", total, total)
