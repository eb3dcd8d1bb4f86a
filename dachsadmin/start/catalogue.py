"""The templates that there are: each is a folder below `templates`, found by being there."""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from dachsadmin.errors import UsageError
from dachsadmin.start import questions
from dachsadmin.start.questions import Question

FOLDER = Path(os.path.dirname(os.path.abspath(__file__))) / "templates"
QUESTIONS = "questions.yaml"
RD = "q.rd.j2"
SHARED = "_parts"


@dataclass(frozen=True)
class Template:
    """A template: its folder has questions.yaml and the RD as q.rd.j2."""

    name: str
    title: str
    """What it makes, on one line."""
    aliases: tuple[str, ...]
    kinds: tuple[str, ...]
    """The kinds of data (Survey.kind) that it is made for."""
    questions: tuple[Question, ...]
    next: tuple[str, ...]
    """The commands that bring the RD to life; `{rd}` is its id."""

    @property
    def rd(self) -> str:
        """The RD's text, as jinja2's loader is asked for it."""
        return f"{self.name}/{RD}"

    def question(self, key: str) -> Question:
        """Raises UsageError with the nearest name if there is none of that key."""
        for each in self.questions:
            if each.key == key:
                return each
        near = difflib.get_close_matches(key, [each.key for each in self.questions], 1)
        raise UsageError(f"template {self.name} has no question {key!r}",
                         f"did you mean {near[0]}?" if near else f"run 'dachsadmin start {self.name} --questions'")


def templates(folder: Path = FOLDER) -> tuple[Template, ...]:
    """All templates, by name."""
    return tuple(_read(path.parent) for path in sorted(folder.glob(f"*/{QUESTIONS}")) if path.parent.name != SHARED)


def named(name: str) -> Template:
    """The template of that name or alias. Raises UsageError, with the way to start the server for who means that."""
    known = {word: each for each in templates() for word in (each.name, *each.aliases)}
    if name in known:
        return known[name]
    if name in ("dachs", "server", "serve"):
        raise UsageError(f"start makes an RD from a template, and {name!r} is none",
                         "the server is started by 'systemctl start dachs', or 'dachs serve start' where there is no systemd")
    near = difflib.get_close_matches(name, known, 1)
    raise UsageError(f"there is no template {name!r}", f"did you mean 'dachsadmin start {near[0]}'?" if near
                     else "run 'dachsadmin start' to see all templates")


def _read(folder: Path) -> Template:
    described = _yaml(folder / QUESTIONS)
    found: dict[str, Question] = {}
    for part in described.get("parts", ()):
        path = folder.parent / SHARED / f"{part}.yaml"
        found |= {each.key: each for each in questions.read(_yaml(path), str(path))}
    own = described.get("questions", {})
    changed = {key: entry for key, entry in own.items() if key in found}
    found |= {key: replace(found[key], **{name: tuple(value) if isinstance(value, list) else value
                                          for name, value in entry.items()}) for key, entry in changed.items()}
    found |= {each.key: each for each in questions.read({key: own[key] for key in own if key not in changed}, str(folder))}
    return Template(folder.name, described["title"], tuple(described.get("aliases", ())), tuple(described["kinds"]),
                    tuple(found.values()), tuple(described.get("next", ())))


@cache
def _yaml(path: Path) -> dict[str, Any]:
    import yaml

    with path.open(encoding="utf-8") as stream:
        read: dict[str, Any] = yaml.safe_load(stream)
    return read
