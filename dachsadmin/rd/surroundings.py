"""What a question about one RD may need to know of the world around it, and how answers are remembered."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Protocol, TypeVar

from dachsadmin.rd.document import Document
from dachsadmin.rd.language import Language

T = TypeVar("T")


class Surroundings(Protocol):
    """The other RDs, the operator's userconfig and the RD language; val's Site is one."""

    asked: dict[tuple[str, str], Any]
    """The questions put to the file system and their answers, collected here."""

    @property
    def language(self) -> Language: ...

    @property
    def user_config(self) -> Document | None: ...

    def document(self, rd_id: str) -> Document | None: ...


def remember(rd: Document, world: Surroundings, key: Hashable, find_out: Callable[[], T]) -> T:
    """The answer to a question about `rd`, found out once.

    What was asked of the file system on the way is remembered too, and counts again for whoever asks again: else a
    cached verdict would not notice that a file three RDs away has changed.
    """
    facts = rd.facts.get(world)
    if facts is None:
        facts = rd.facts[world] = {}
    known = facts.get(key)
    if known is None:
        before, world.asked = world.asked, {}
        try:
            answer = find_out()
        finally:
            asked, world.asked = world.asked, before
        known = facts[key] = (answer, asked)
    if known[1]:
        world.asked.update(known[1])
    result: T = known[0]
    return result
