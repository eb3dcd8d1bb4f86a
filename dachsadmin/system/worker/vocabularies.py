"""IVOA vocabularies without a network: what DaCHS has in its cache, and an honest stand-in for what it has not."""

from __future__ import annotations

import os
import re
import socket

from dachsadmin.system.worker import footprint

FETCH_TIMEOUT = 20
"""Seconds to wait for a vocabulary server."""


class Vocabulary(dict):
    """A vocabulary that notes that a verdict depends on its file.

    DaCHS keeps vocabularies between RDs, so that reading the file is seen for the first RD only.
    """

    def __init__(self, name: str, path: str, content: dict) -> None:
        super().__init__(content)
        self.name, self.path = name, path

    def __getitem__(self, key):
        footprint.current.note_file(self.path)
        return super().__getitem__(key)


class Everything:
    """The terms of a vocabulary that cannot be had: all are accepted, and that nothing could be tested is noted."""

    def __init__(self, name: str, path: str, why: str) -> None:
        self.name, self.path, self.why = name, path, why

    def __contains__(self, term: object) -> bool:
        footprint.current.note_file(self.path)
        footprint.current.missing_vocabularies.setdefault(self.name, self.why)
        return True

    def __getitem__(self, term):
        self.__contains__(term)
        return {"label": str(term), "description": "", "wider": [], "narrower": []}

    def __iter__(self):
        self.__contains__(None)
        return iter(())

    def __len__(self) -> int:
        return 0

    def get(self, term, default=None):
        return self[term]

    def items(self):
        return iter(self)

    keys = values = items


def prepare(vocabularies) -> None:
    """Make gavo.protocols.vocabularies work offline. To be called before anything takes names from that module."""
    ask, download = vocabularies.get_vocabulary, vocabularies.download_file
    known: dict = {}

    def cached_only(url, cache=True, show_progress=False, http_headers=None, **_):
        path = _cache_file(vocabularies, url)
        if not os.path.isfile(path):
            raise FileNotFoundError(f"{path} does not exist")
        return path

    def get_vocabulary(voc_name, *args, **kwargs):
        if voc_name not in known:
            path = str(_cache_file(vocabularies, vocabularies.IVOA_VOCABULARY_ROOT + voc_name))
            try:
                known[voc_name] = Vocabulary(voc_name, path, ask(voc_name))
                known[voc_name]["terms"]
            except Exception as error:
                why = str(error.__cause__ or error.__context__ or error)
                known[voc_name] = Vocabulary(voc_name, path, {"terms": Everything(voc_name, path, why)})
        return known[voc_name]

    vocabularies.download_file = cached_only
    vocabularies.get_vocabulary = get_vocabulary
    prepare.download = download  # type: ignore[attr-defined]


def _cache_file(vocabularies, url: str):
    return os.path.join(vocabularies.base.getConfig("cacheDir"), vocabularies.utils.defuseFileName(url))


def asked_for() -> list[str]:
    """The vocabularies that this DaCHS's sources name, apart from those that only queries of users need."""
    import gavo

    package = os.path.dirname(gavo.__file__)
    names: set[str] = set()
    for folder, _, files in os.walk(package):
        for name in files:
            if name.endswith(".py"):
                with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as stream:
                    text = stream.read()
                names.update(re.findall(r"""get_vocabulary\(\s*["']([a-z/_-]+)["']""", text))
                names.update(re.findall(r"""\bvoc:([a-z/_-]+)\)""", text))
    return sorted(names)


def request(order: dict, say) -> dict:
    """Fetch vocabularies into DaCHS's cache: {name: {"path": ..., "fault": ""}}; without names, those it asks for."""
    from gavo.protocols import vocabularies

    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(FETCH_TIMEOUT)
    fetched = {}
    try:
        for name in order.get("names") or asked_for():
            url = vocabularies.IVOA_VOCABULARY_ROOT + name
            fetched[name] = {"path": str(_cache_file(vocabularies, url)), "fault": ""}
            say({"stage": "vocabularies", "allow": FETCH_TIMEOUT + 5})
            try:
                prepare.download(  # type: ignore[attr-defined]
                    url, cache="update", show_progress=False, http_headers={"accept": "application/x-desise+json"})
            except Exception as error:
                fetched[name]["fault"] = f"{type(error).__name__}: {error}"
    finally:
        socket.setdefaulttimeout(before)
    return fetched
