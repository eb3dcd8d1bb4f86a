"""Where a service tree begins: how paths and RD ids belong together, also in a checkout laid out differently."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass

from dachsadmin.rd.document import MAX_BYTES, Document, parse
from dachsadmin.system.tree import Files


@dataclass(frozen=True)
class Layout:
    """RD ids are relative to `inputs` (absolute). With a `mount`, `inputs` is the content of that one directory.

    A checkout whose top has q.rd with schema lamost6 is `Layout("/checkout", "lamost6")`: the RD id is `lamost6/q`, as
    it is in production.
    """

    inputs: str
    mount: str = ""

    def place(self, relative: str) -> str:
        """The absolute path of something below inputsDir."""
        relative = os.path.normpath(relative) if relative else "."
        if not self.mount:
            return os.path.normpath(os.path.join(self.inputs, relative))
        if relative == self.mount or relative.startswith(self.mount + "/"):
            return os.path.normpath(os.path.join(self.inputs, "." + relative[len(self.mount):]))
        return os.path.join(self.inputs, ".not-in-this-checkout", relative)

    def rd_id(self, path: str) -> str | None:
        """The RD id of an absolute path; None if it is outside of the tree."""
        inside = self.inputs.rstrip("/") + "/"
        if not path.startswith(inside):
            return None
        relative = path[len(inside):].removesuffix(".rd")
        return f"{self.mount}/{relative}" if self.mount else relative


def guess(files: Files, rds: list[str], top: str) -> Layout:
    """Where the tree of some RDs below `top` begins, judged by their schema and resdir.

    `lamost6/q.rd` with schema lamost6 says that the tree begins above lamost6. What most RDs say wins; `top` where none
    says anything. An RD that stands directly in `top` and whose directory has another name makes `top` the content of
    one resource directory.
    """
    votes: Counter[Layout] = Counter()
    for path in rds:
        raw = files.read(path, MAX_BYTES)
        if raw is not None:
            votes[_implied(parse(raw, "", path), os.path.dirname(path), top)] += 1
    inside = Counter({layout: count for layout, count in votes.items() if layout.inputs.startswith(top)})
    winner = (inside or votes).most_common(1)
    return winner[0][0] if winner else Layout(top)


def _implied(rd: Document, folder: str, top: str) -> Layout:
    wanted = ""
    if rd.root is not None:
        resdir = os.path.normpath(rd.root.get("resdir") or ".")
        wanted = (rd.root.get("schema") or "").strip() if resdir == "." or resdir.startswith(("/", "..")) else resdir
    if not wanted:
        return Layout(top)
    parts = wanted.split("/")
    if folder.split("/")[-len(parts):] == parts:
        return Layout("/".join(folder.split("/")[:-len(parts)]) or "/")
    return Layout(folder, wanted) if folder == top else Layout(top)
