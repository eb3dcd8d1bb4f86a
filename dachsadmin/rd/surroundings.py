"""What a question about one RD may need to know of the world around it, and how answers are remembered."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from functools import wraps
from typing import Any, Protocol, TypeVar

from dachsadmin.rd.document import Document
from dachsadmin.rd.language import Language

T = TypeVar("T")
World = TypeVar("World", bound="Surroundings")


class Surroundings(Protocol):
    """The other RDs, the operator's userconfig and defaultmeta.txt, and the RD language; val's Site is one."""

    asked: dict[tuple[str, str], Any]
    """The questions put to the file system and their answers, collected here."""

    @property
    def language(self) -> Language: ...

    @property
    def default_meta(self) -> Mapping[str, list[str]]: ...

    @property
    def user_config(self) -> Document | None: ...

    def document(self, rd_id: str) -> Document | None: ...


class _Known:
    """An answer, what was asked of the file system for it, and where that was counted last."""

    __slots__ = ("answer", "asked", "counted")

    def __init__(self, answer: Any, asked: dict[tuple[str, str], Any]) -> None:
        self.answer = answer
        self.asked = asked
        self.counted: dict[tuple[str, str], Any] | None = None


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
        known = facts[key] = _Known(answer, asked)
    if known.counted is not world.asked:
        world.asked.update(known.asked)
        known.counted = world.asked
    result: T = known.answer
    return result


def remembered(find_out: Callable[[Document, World], T]) -> Callable[[Document, World], T]:
    """Make a function answer once for each RD; see remember."""
    @wraps(find_out)
    def answer(rd: Document, world: World) -> T:
        facts = rd.facts.get(world)
        known = facts.get(find_out) if facts is not None else None
        if known is None or known.counted is not world.asked:
            return remember(rd, world, find_out, lambda: find_out(rd, world))
        result: T = known.answer
        return result

    return answer
