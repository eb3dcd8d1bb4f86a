"""The few things that an action of a release may want done, how they are shown, and when in an upgrade they come."""

from __future__ import annotations

import enum
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from dachsadmin.upgrade import reading

VERBS = {
    "run-dachs": "run a command of DaCHS: its words",
    "reimport": "import the data of an RD again: the RD",
    "sql": "run one statement in DaCHS's database",
    "edit-config": "set an item of gavo.rc: section, item and value",
    "init-nodb": "run 'dachs init --nodb' as its administrator, for files that it makes",
    "rewrite-apt-source": "give GAVO's repository its right suite",
    "restart-server": "restart the server",
    "tell": "tell the operator something, which only he can do",
}
"""What can be done, and what stands behind it in the catalogue."""

_WORDS = {"run-dachs": range(1, 20), "reimport": range(1, 2), "edit-config": range(3, 4), "init-nodb": range(1),
          "rewrite-apt-source": range(1), "restart-server": range(1)}
OBSCORE = "//obscore"


class Phase(enum.IntEnum):
    """When something is done. Each takes away what a later one brings back.

    `imp` of anything wipes limits and coverage, so limits come behind; registry records tell of both, so pub comes last.
    ObsCore is one view over many tables, so its own turn comes behind theirs.
    """

    SOURCES = 1
    CONFIGURATION = 2
    FILES = 3
    SCHEMA = 4
    FUNCTIONS = 5
    BUILT_IN = 6
    TABLES = 7
    OBSCORE_DEFINITIONS = 8
    OBSCORE = 9
    LIMITS = 10
    OBSCORE_LIMITS = 11
    PUBLICATION = 12
    OBSCORE_PUBLICATION = 13
    RESTART = 14
    TOLD = 15


_OF_VERBS = {"rewrite-apt-source": Phase.SOURCES, "edit-config": Phase.CONFIGURATION, "init-nodb": Phase.FILES,
             "sql": Phase.SCHEMA, "reimport": Phase.TABLES, "restart-server": Phase.RESTART, "tell": Phase.TOLD}


@dataclass(frozen=True)
class Command:
    """A verb with its words. `{rd}` among them stands for each RD that the evidence names, `{dds}` for its data items
    that have to be named."""

    verb: str
    words: tuple[str, ...] = ()

    @classmethod
    def told(cls, told: Any, place: str) -> Command:
        """`- run-dachs: imp -m {rd}`, or a bare `- init-nodb`."""
        verb, said = (told, "") if isinstance(told, str) else (None, None)
        if isinstance(told, Mapping) and len(told) == 1:
            (verb, said), = told.items()
        if verb not in VERBS:
            raise reading.wrong(place, f"there is no verb {verb or told!r}", f"the verbs are {', '.join(VERBS)}")
        text = str(reading.value(str, said, f"{place}, {verb}"))
        if verb not in _WORDS:
            if not text.strip():
                raise reading.wrong(place, f"{verb} says nothing")
            return cls(verb, (text.strip(),))
        try:
            words = tuple(shlex.split(text))
        except ValueError as error:
            raise reading.wrong(place, f"{text!r} cannot be taken apart into words: {error}") from None
        if len(words) not in _WORDS[verb]:
            raise reading.wrong(place, f"{verb} cannot have {len(words)} words", f"{verb}: {VERBS[verb]}")
        return cls(verb, words)

    @property
    def per_rd(self) -> bool:
        return any("{rd}" in word for word in self.words)

    def for_rd(self, rd: str, dds: tuple[str, ...] = ()) -> Command:
        words = [word.replace("{rd}", rd) for word in self.words if word != "{dds}"]
        return replace(self, words=(*words, *(dds if "{dds}" in self.words else ())))

    @property
    def rd(self) -> str:
        """The RD that a command of DaCHS is about, `` for none."""
        words = self.words[1:] if self.verb == "run-dachs" else self.words if self.verb == "reimport" else ()
        return next((word for word in words if not word.startswith("-")), "")

    @property
    def line(self) -> str:
        """What an operator would type, or read."""
        words = self.for_rd("RD").words if self.per_rd else self.words
        if self.verb == "run-dachs":
            return shlex.join(("dachs", *words))
        if self.verb == "sql":
            return shlex.join(("psql", "-d", "gavo", "-c", *words))
        if self.verb == "edit-config":
            return f"in gavo.rc: [{words[0]}] {words[1]}: {words[2]}"
        return {"reimport": shlex.join(("dachs", "imp", *words)), "init-nodb": "dachs init --nodb",
                "rewrite-apt-source": "in the source of GAVO's repository: the suite 'release'",
                "restart-server": "systemctl restart dachs"}.get(self.verb) or " ".join(words)

    @property
    def phase(self) -> Phase:
        if self.verb != "run-dachs":
            return _OF_VERBS[self.verb]
        function, of_obscore = self.words[0], self.rd == OBSCORE
        if function == "upgrade":
            return Phase.SCHEMA
        if function == "limits":
            return Phase.OBSCORE_LIMITS if of_obscore else Phase.LIMITS
        if function == "pub":
            return Phase.OBSCORE_PUBLICATION if of_obscore else Phase.PUBLICATION
        if of_obscore:
            return Phase.OBSCORE_DEFINITIONS if self.words[1] == OBSCORE and self.words[2:] else Phase.OBSCORE
        if self.rd == "//adql":
            return Phase.FUNCTIONS
        return Phase.BUILT_IN if self.rd.startswith("//") else Phase.TABLES
