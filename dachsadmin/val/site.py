"""What a rule may know of the world around an RD: the tree, the configuration, the RD language, the database."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from dachsadmin.errors import AdminError
from dachsadmin.model.database import Database
from dachsadmin.rd.document import MAX_BYTES, Document, parse
from dachsadmin.rd.language import Language
from dachsadmin.system.gavorc import GavoRc
from dachsadmin.system.tree import DiskFiles, Files
from dachsadmin.val.layout import Layout


class Recording:
    """While it is open, questions about files are collected here and not in `site.asked`."""

    __slots__ = ("_site", "_before")

    def __init__(self, site: Site) -> None:
        self._site = site
        self._before: dict[tuple[str, str], Any] = {}

    def __enter__(self) -> dict[tuple[str, str], Any]:
        self._before, self._site.asked = self._site.asked, {}
        return self._site.asked

    def __exit__(self, *_: object) -> None:
        self._site.asked = self._before


class Site:
    """The facts around the RDs of one run.

    Every question about files is remembered in `asked` while an RD is being checked, so that a cached verdict can be
    thrown away when one of the answers changes. Rules never open files themselves.
    """

    def __init__(self, layout: Layout | str, language: Language, *, config: GavoRc | None = None, files: Files | None = None,
                 database: Database | None = None, database_fault: AdminError | None = None) -> None:
        """`layout` may be inputsDir, absolute.

        `database` is None where no server may be asked; `database_fault` says why, where one should have answered.
        """
        self.layout = layout if isinstance(layout, Layout) else Layout(os.path.normpath(layout))
        self.inputs = self.layout.inputs
        self.language = language
        self.config = config or GavoRc()
        self.files = files or DiskFiles()
        self.database = database
        self.database_fault = database_fault
        self.asked: dict[tuple[str, str], Any] = {}
        self._documents: dict[str, Document | None] = {}
        self._paths: dict[str, str] = {}
        self._stamps: dict[str, Any] = {}

    def recording(self) -> Recording:
        """Collect the questions about files asked within: {(question, path): answer}."""
        return Recording(self)

    def lose_database(self, fault: AdminError) -> None:
        """Ask the database no more: it has stopped answering."""
        self.database, self.database_fault = None, fault

    def path_of(self, rd_id: str) -> str:
        """The absolute path where DaCHS looks for an RD of the tree."""
        return self.layout.place(rd_id + ".rd")

    def document(self, rd_id: str) -> Document | None:
        """Another RD of the tree by its id; None if there is none (built-in RDs are in `language`).

        An operator's override of a built-in RD, `__system__/tap`, is found under `//tap` too.
        """
        if rd_id.startswith("//"):
            rd_id = "__system__/" + rd_id[2:]
        path = self._paths.get(rd_id)
        if path is None:
            path = self._paths[rd_id] = self.path_of(rd_id)
        if rd_id not in self._documents:
            self._stamps.setdefault(path, self.files.stamp(path))
            raw = self.files.read(path, MAX_BYTES)
            self._documents[rd_id] = None if raw is None else parse(raw, rd_id, self.shown(path))
        self.asked["stamp", path] = self._stamps[path]
        return self._documents[rd_id]

    def shown(self, path: str) -> str:
        """A path as findings show it: relative to inputsDir if it is below it."""
        return path[len(self.inputs) + 1:] if path.startswith(self.inputs + "/") else path

    def resdir(self, rd: Document) -> str:
        """The absolute resource directory of an RD: `resdir`, else schema, below inputsDir; `.` is the RD's own."""
        assert rd.root is not None
        wanted = rd.root.get("resdir")
        if wanted == ".":
            return os.path.dirname(self.path_of(rd.rd_id))
        return self.layout.place(wanted or rd.root.get("schema") or "")

    def kind(self, path: str) -> str:
        """`file`, `directory`, `other` or `absent`, for an absolute path."""
        answer = self.asked.get(("kind", path))
        if answer is None:
            answer = self.asked["kind", path] = self.files.kind(path)
        result: str = answer
        return result

    def matches(self, pattern: str) -> bool:
        """Whether any file matches an absolute shell pattern."""
        answer = self.files.matches(pattern)
        self.asked["matches", pattern] = answer
        return answer

    def mode(self, path: str) -> int | None:
        """The permission bits of a file, None if it is absent."""
        answer = self.files.mode(path)
        self.asked["mode", path] = answer
        return answer

    def read(self, path: str, limit: int = 1_000_000) -> bytes | None:
        """The beginning of a file, None if it cannot be read."""
        self.asked["stamp", path] = self.files.stamp(path)
        return self.files.read(path, limit)

    @cached_property
    def default_meta(self) -> Mapping[str, list[str]]:
        """The meta items of etc/defaultmeta.txt, by key; they hold wherever an RD does not say otherwise."""
        path = str(self.config.path("configDir") / "defaultmeta.txt")
        items: dict[str, list[str]] = {}
        last = None
        for line in (self.files.read(path, 1_000_000) or b"").decode("utf-8", "ignore").splitlines():
            if line.startswith("#") or not line.strip():
                continue
            if line[0].isspace() and last:
                items[last][-1] += " " + line.strip()
            elif ":" in line:
                last, _, value = line.partition(":")
                last = last.strip().lstrip("!")
                items.setdefault(last, []).append(value.strip())
        return items

    @cached_property
    def user_config(self) -> Document | None:
        """The operator's etc/userconfig.rd, which RDs name as `%`; None if there is none."""
        path = str(self.config.path("configDir") / "userconfig.rd")
        raw = self.files.read(path, MAX_BYTES)
        return None if raw is None else parse(raw, "%", path)
