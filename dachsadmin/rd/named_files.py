"""The files and directories that an RD names."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

from dachsadmin.rd.document import Document, Element


@dataclass(frozen=True)
class NamedFile:
    """A file or directory in the resource directory that DaCHS will want.

    It is written at `attribute` of `element` (`` for its text). `path` is relative to the resource directory, as DaCHS
    will look for it (modules get `.py`). `use` is what it is for; `kind` is `file`, `python` or `directory`.
    `when` says when DaCHS fails if it is not there: `load`, `import`, `use` or `test`.
    """

    element: Element
    attribute: str
    path: str
    use: str
    kind: str
    when: str


_ATTRIBUTES = (
    ("customCore", "module", "the module of the core", "python", "load"),
    ("service", "customPage", "the module of the custom page", "python", "load"),
    ("customGrammar", "module", "the module of the grammar", "python", "import"),
    ("directGrammar", "cBooster", "the booster", "file", "import"),
    ("ignoreSources", "fromfile", "the list of sources to ignore", "file", "import"),
    ("httpUpload", "source", "the file to upload", "file", "test"),
    ("url", "postPayload", "what to post", "file", "test"),
)
_PROPERTIES = {
    ("service", "staticData"): ("the directory of the static renderer", "directory", "use"),
    ("service", "indexFile"): ("the index of the static renderer", "file", "use"),
    ("data", "stagingDir"): ("the directory for uploads", "directory", "use"),
}
_PROGRAM = re.compile(r"""spawnPython\(\s*["']([^"'\\]+)["']""")
_MODULE = re.compile(r"""loadPythonModule\(\s*rd\.getAbsPath\(\s*["']([^"'\\]+)["']""")


def named_files(rd: Document) -> list[NamedFile]:
    """What an RD names, unless a macro hides it or it stands in a stream."""
    known: list[NamedFile] | None = rd.facts.get("named files")
    if known is None:
        known = rd.facts["named files"] = [
            found for found in _named(rd) if "\\" not in found.path and not found.element.replayed]
    return known


def _named(rd: Document) -> Iterator[NamedFile]:
    for tag, attribute, use, kind, when in _ATTRIBUTES:
        for element in rd.elements(tag):
            path = element.get(attribute)
            if path:
                yield NamedFile(element, attribute, _as_wanted(path.strip(), kind), use, kind, when)
    for element in rd.elements("template"):
        path = element.text.strip()
        if path and not path.startswith("//"):
            yield NamedFile(element, "", path, f"the template {element.get('key') or ''!r}", "file", "use")
    for element in rd.elements("property"):
        what = _PROPERTIES.get((element.parent.tag if element.parent is not None else "",
                                element.get("name") or element.get("key") or ""))
        if what is not None and element.text.strip():
            yield NamedFile(element, "", element.text.strip(), *what)
    for element in rd.elements("code"):
        for pattern, use in ((_PROGRAM, "a program to run"), (_MODULE, "a module to load")):
            for match in pattern.finditer(element.text):
                path = _as_wanted(match[1], "python") if pattern is _MODULE else match[1]
                yield NamedFile(element, "", path, use, "python", "use")


def _as_wanted(path: str, kind: str) -> str:
    return path + ".py" if kind == "python" else path


def absolute(path: str, resdir: str) -> str:
    """Where DaCHS looks for a path that an RD names."""
    return os.path.normpath(os.path.join(resdir, path))
