"""Where apt gets packages from: its sources, in both formats, with the lines where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dachsadmin.system.host import Host

MAIN = "/etc/apt/sources.list"
FOLDER = "/etc/apt/sources.list.d"
GAVO = frozenset({"vo.ari.uni-heidelberg.de", "soft.g-vo.org"})
"""The hosts of GAVO's own repository, past and present."""
GAVO_SUITES = ("release", "beta")

_KNOWN_TO_APT = re.compile(r"[A-Za-z0-9_.-]+\.(list|sources)")
# A password with a slash would end the host's part too early, but for what no port can be.
_LOGIN = re.compile(r"(?<=://)(?:[^/\s@]*@|[^/\s:@]*:(?!\d+(?:/|$))[^\s@]*@)")
_HOST = re.compile(r"[a-z+-]+:/*(?:\[[^\]]*\]|([^/:]+))", re.IGNORECASE)
_ONE_LINE = re.compile(r"(deb|deb-src)\s+(?:\[([^\]]*)\]\s*)?((?:cdrom:\[[^\]]*\]\S*)|\S+)\s+(\S+)\s*(.*)")
_YES, _NO = frozenset({"yes", "true", "with", "on", "enable"}), frozenset({"no", "false", "without", "off", "disable"})


@dataclass(frozen=True)
class Source:
    """One suite of one archive, as it stands in a file.

    `uri` has no login. `signed_by` are files of keys, or fingerprints; `embedded` says that the key stands in the file itself.
    """

    file: str
    line: int
    uri: str
    suite: str
    components: tuple[str, ...] = ()
    kind: str = "deb"
    signed_by: tuple[str, ...] = ()
    embedded: bool = False
    trusted: bool = False
    deb822: bool = False

    @property
    def host(self) -> str:
        """The host that the archive is on, `` if it is no other one."""
        found = _HOST.match(self.uri)
        return (found[1] or "").lower() if found and "://" in self.uri and not self.uri.startswith("file:") else ""

    @property
    def of_gavo(self) -> bool:
        return self.host in GAVO


def read(host: Host) -> tuple[Source, ...]:
    """All sources that apt uses, in its order. Raises TargetError for a file that cannot be read."""
    found = [*_of_file(host, MAIN)] if host.exists(MAIN) else []
    for name in host.names(FOLDER):
        if _KNOWN_TO_APT.fullmatch(name):
            found += _of_file(host, f"{FOLDER}/{name}")
    return tuple(found)


def _of_file(host: Host, path: str) -> Iterator[Source]:
    return parse(path, host.text(path))


def with_suite(path: str, text: str, suite: str = GAVO_SUITES[0]) -> str:
    """The content of a file, with this suite wherever GAVO's repository has one that it has not."""
    lines = text.splitlines(keepends=True)
    for source in parse(path, text):
        if source.of_gavo and source.suite not in GAVO_SUITES:
            line = lines[source.line - 1]
            lines[source.line - 1] = re.sub(rf"(?<=\s){re.escape(source.suite)}(?=\s|$)", suite, line, count=1)
    return "".join(lines)


def parse(path: str, text: str) -> Iterator[Source]:
    """The sources of one file; what apt does not understand either is left out, as apt itself complains of it."""
    return _stanzas(path, text) if path.endswith(".sources") else _lines(path, text)


def _lines(path: str, text: str) -> Iterator[Source]:
    for number, line in enumerate(text.splitlines(), 1):
        found = _ONE_LINE.fullmatch(line.partition("#")[0].strip())
        if not found:
            continue
        kind, said, uri, suite, components = found.groups()
        options = {name.rstrip("+-").lower(): value for name, equals, value in
                   (word.partition("=") for word in (said or "").split()) if equals}
        yield Source(path, number, without_login(uri), suite, tuple(components.split()), kind,
                     tuple(filter(None, options.get("signed-by", "").split(","))),
                     trusted=options.get("trusted", "").lower() in _YES)


Words = Mapping[str, list[tuple[int, str]]]
"""The words of each field of a stanza, each with its line."""


def _stanzas(path: str, text: str) -> Iterator[Source]:
    for fields in stanzas(text):
        def words(name: str, fields: Words = fields) -> list[str]:
            return [word for _, word in fields.get(name, [])]

        if words("enabled") and words("enabled")[0].lower() in _NO:
            continue
        key = words("signed-by")
        embedded = key[:1] == ["-----BEGIN"]
        for kind in words("types"):
            for uri in words("uris"):
                for line, suite in fields.get("suites", []):
                    yield Source(path, line, without_login(uri), suite, tuple(words("components")), kind,
                                 () if embedded else tuple(each.rstrip(",") for each in key), embedded,
                                 (words("trusted") or [""])[0].lower() in _YES, deb822=True)


def stanzas(text: str) -> Iterator[Words]:
    """The stanzas of a file in deb822 format: fields in lower case with their words."""
    fields: dict[str, list[tuple[int, str]]] = {}
    words: list[tuple[int, str]] = []
    for number, line in enumerate([*text.splitlines(), ""], 1):
        if line.startswith("#"):
            continue
        if not line.strip():
            if fields:
                yield fields
            fields = {}
        elif line[0] in " \t":
            words += [(number, word) for word in line.split()]
        else:
            name, colon, value = line.partition(":")
            words = [(number, word) for word in value.split()]
            if colon:
                fields[name.strip().lower()] = words


def renamed(source: Source, before: str, after: str) -> str:
    """How the operator gives a suite another name, as a hint."""
    return f"run \"sed -i -E '{source.line}s,(\\s){re.escape(before)}\\b,\\1{after},' {source.file} && apt-get update\""


def without_login(text: str) -> str:
    """A text without the user and password of addresses in it."""
    return _LOGIN.sub("", text)
