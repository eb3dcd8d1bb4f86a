"""What a verdict depends on: files, other RDs (also those that DaCHS has loaded already), and the database."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sys
import sysconfig
from dataclasses import dataclass, field


@dataclass
class Record:
    """What was seen while one RD was loaded or validated.

    `asked` are the ids of the RDs that it asked for. `events` are what DaCHS told its user interface: kind and text.
    `read_database` is whether the database said something that could have come out differently; `asked_database`
    whether it was asked for anything besides the statistics that DaCHS looks for with each load.
    """

    rd_id: str
    files: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    events: list[tuple[str, str]] = field(default_factory=list)
    read_database: bool = False
    asked_database: bool = False


class Footprint:
    """Keeps the books: a stack of RDs being loaded, and what each loaded RD was seen to depend on."""

    def __init__(self) -> None:
        self.stack: list[Record] = []
        self.loaded: dict[str, Record] = {}
        self.missing_vocabularies: dict[str, str] = {}
        self.database_fault = ""
        self.injecting = False
        self.canonical = str
        self.outside: tuple[str, ...] = ("/proc/", "/sys/", "/dev/", "/usr/", "/etc/", "/run/")
        self.inside: tuple[str, ...] = ()
        self.of_site: tuple[str, ...] = ()
        self.site_files: set[str] = set()

    def note_file(self, path: object) -> None:
        """A file was read, or its absence mattered. What belongs to the installed software is left out."""
        if not self.stack:
            return
        try:
            name = os.path.abspath(os.fsdecode(path))  # type: ignore[arg-type]
        except (TypeError, ValueError, OSError):
            return
        if not self.is_installed(name):
            if name.endswith(".pyc"):
                with contextlib.suppress(ValueError, NotImplementedError):
                    name = importlib.util.source_from_cache(name)
            self.stack[-1].files.add(name)
            if name.startswith(self.of_site):
                self.site_files.add(name)

    def is_installed(self, path: str) -> bool:
        """Whether a file belongs to the installed software and not to the service tree."""
        path = os.path.abspath(path)
        return path.startswith(self.outside) and not path.startswith(self.inside)

    def note_event(self, kind: str, text: str) -> None:
        if self.stack:
            self.stack[-1].events.append((kind, text))

    def note_query(self, rows: int) -> None:
        """A query was made. DaCHS looks for an RD's statistics with each load: only what it finds counts then."""
        if self.stack and (rows or not self.injecting):
            self.stack[-1].read_database = True
        if self.stack and not self.injecting:
            self.stack[-1].asked_database = True

    @contextlib.contextmanager
    def record(self, rd_id: str, *, loading: bool):
        """Book what happens within on an RD."""
        record = Record(rd_id)
        if loading and self.stack:
            self.stack[-1].asked.add(rd_id)
        self.stack.append(record)
        try:
            yield record
        finally:
            self.stack.pop()
            if loading:
                self.loaded[rd_id] = record

    @contextlib.contextmanager
    def validating(self, rd_id: str):
        """Begin anew for one RD."""
        self.stack.clear()
        self.missing_vocabularies, self.database_fault = {}, ""
        with self.record(rd_id, loading=False) as record:
            yield record

    def files(self, record: Record) -> set[str]:
        """All files that a verdict depends on. What the site has for all RDs, such as templates, DaCHS reads once."""
        return self.site_files.union(*(part.files for part in self.closure(record)))

    def closure(self, record: Record) -> list[Record]:
        """A record and those of all RDs that it asked for, directly or not."""
        found, waiting = {record.rd_id + "\0": record}, set(record.asked)
        while waiting:
            rd_id = waiting.pop()
            if rd_id not in found and rd_id in self.loaded:
                found[rd_id] = self.loaded[rd_id]
                waiting |= self.loaded[rd_id].asked
        return list(found.values())


current = Footprint()


def path_of(rd_id: str) -> str:
    """The file that an RD id means; "" if there is none."""
    import gavo
    from gavo import rscdesc

    package = os.path.dirname(os.path.abspath(gavo.__file__))
    try:
        for name in map(str, rscdesc._getFilenamesForId(current.canonical(rd_id))):
            for path in (name, package + name):
                if os.path.isfile(path):
                    return os.path.abspath(path)
    except ValueError:
        pass
    return ""


def prepare() -> None:
    """Have gavo and the interpreter report to `current`. After gavo's import, before anything is loaded."""
    import gavo
    from gavo import base, rscdesc
    from gavo.rscdef import rdinj

    package = os.path.dirname(os.path.abspath(gavo.__file__))
    libraries = {path for name, path in sysconfig.get_paths().items() if name.endswith("lib") or name.startswith("std")}
    libraries |= {os.path.abspath(path) for path in sys.path if path} | {package}
    inputs, cache, *of_site = [str(base.getConfig(item)).rstrip("/") + "/" for item in
                               ("inputsDir", "cacheDir", "configDir", "webDir")]
    left_out = [str(base.getConfig(item)) for item in ("tempDir", "logDir")] + [os.getcwd()]
    current.outside += tuple(folder.rstrip("/") + "/" for folder in [*libraries, *left_out])
    current.inside = (os.path.join(package, "resources", "inputs") + "/", inputs, cache, *of_site)
    current.of_site = tuple(of_site)
    current.site_files = {os.path.join(of_site[0], name) for name in ("defaultmeta.txt", "userconfig.rd")}
    sys.addaudithook(_audit)
    _watch_stat()
    _watch_loads(rscdesc)
    _watch_database(rdinj)
    for kind in ("Warning", "Info"):
        base.ui.subscribe(kind, lambda text, kind=kind: current.note_event(kind, str(text)))


def connect() -> None:
    """Make the first database connection, when DaCHS asks the server for its abilities: that is about no RD."""
    from gavo import base

    with contextlib.suppress(Exception), base.getTableConn():
        pass


def _audit(event: str, arguments: tuple) -> None:
    if event == "open":
        path, mode, flags = arguments
        if isinstance(path, (str, bytes, os.PathLike)) and not (flags or 0) & (os.O_WRONLY | os.O_RDWR):
            current.note_file(path)
    elif event in ("os.listdir", "os.scandir") and isinstance(arguments[0], (str, bytes, os.PathLike)):
        current.note_file(arguments[0])


def _watch_stat() -> None:
    """Whether a file exists decides verdicts, too."""
    stat = os.stat

    def watched(path, *args, **kwargs):
        if current.stack and isinstance(path, (str, os.PathLike)) and os.fspath(path).startswith(current.inside):
            current.note_file(path)
        return stat(path, *args, **kwargs)

    for properties in (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks):
        if stat in properties:
            properties.add(watched)
    os.stat = watched


def _watch_loads(rscdesc) -> None:
    """Which RD asks for which: every way to an RD, cached or not, canonicalises its id first."""
    load = rscdesc.getRD
    canonicalize = current.canonical = rscdesc.canonicalizeRDId

    def canonicalized(source_id):
        rd_id = canonicalize(source_id)
        if current.stack:
            current.stack[-1].asked.add(rd_id)
            for path in map(str, rscdesc._getFilenamesForId(rd_id)):
                if path.startswith("/resources/"):
                    break
                current.note_file(path)
                if os.path.isfile(path):
                    break
        return rd_id

    def loaded(srcId, *args, **kwargs):
        if srcId == "%":
            return load(srcId, *args, **kwargs)
        with current.record(canonicalize(srcId), loading=True):
            return load(srcId, *args, **kwargs)

    rscdesc.canonicalizeRDId = canonicalized
    rscdesc.getRD = loaded


def _watch_database(rdinj) -> None:
    """Whether anything was read from a database, through DaCHS or past it."""
    import psycopg2
    from psycopg2 import extensions

    class Cursor(extensions.cursor):
        def execute(self, query, vars=None):
            try:
                return super().execute(query, vars)
            finally:
                if (self.query or b"").lstrip()[:4].upper() not in (b"SHOW", b"SET "):
                    current.note_query(max(self.rowcount, 0))

    connect, inject = psycopg2.connect, rdinj.injectIntoContext

    def watched_connect(*args, **kwargs):
        if len(args) < 3:
            kwargs.setdefault("cursor_factory", Cursor)
        try:
            return connect(*args, **kwargs)
        except psycopg2.OperationalError as error:
            current.database_fault = " ".join(str(error).split())
            raise

    def watched_inject(*args, **kwargs):
        before, current.injecting = current.injecting, True
        try:
            return inject(*args, **kwargs)
        finally:
            current.injecting = before

    psycopg2.connect = watched_connect
    rdinj.injectIntoContext = watched_inject
