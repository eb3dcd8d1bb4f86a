"""The base of every rule and check: its code, its page, and how all of them are found."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from dataclasses import dataclass
from functools import cache
from typing import ClassVar, TypeVar

from dachsadmin.errors import UsageError
from dachsadmin.model.finding import Confidence, Severity
from dachsadmin.model.run import RuleText

PROFILES = ("min", "publish", "strict")
"""Each profile has everything that the ones before it have."""


class Rule:
    """One thing that is looked at. One subclass per file; the file's name is the rule's name with underscores.

    `code` is DA (val), DP (probe) or DC (vosi check) and three digits and is never reused. `profile` is the smallest profile that has the rule: `min` for
    what keeps DaCHS from working, `publish` for what users and registries suffer from, `strict` for good manners and
    advice. `stage` is `fast`, `slow` (a pass of its own: reST), `database` (needs a server), `load` (on files that are
    no RD), `deep` (what DaCHS itself says), `site` (on the installation, once per run) or `ignores` (on the
    comments that silence findings).
    The class docstring is the rule's page: a sentence, why, `Bad:`, `Good:` and `See:`.
    """

    code: ClassVar[str]
    name: ClassVar[str]
    severity: ClassVar[Severity]
    since: ClassVar[str]
    confidence: ClassVar[Confidence] = Confidence.HIGH
    profile: ClassVar[str] = "publish"
    stage: ClassVar[str] = "fast"


Some = TypeVar("Some", bound=Rule)


@dataclass(frozen=True)
class Page:
    """A rule's documentation, taken from its docstring."""

    title: str
    why: str
    bad: str
    good: str
    see: tuple[str, ...]


def page(rule: Rule | type[Rule]) -> Page:
    """Read a rule's page from its docstring."""
    text = inspect.cleandoc(rule.__doc__ or "")
    parts = re.split(r"(?m)^(Bad|Good|See):[ \t]*\n?", text)
    title, _, why = parts[0].strip().partition("\n\n")
    sections = {name: inspect.cleandoc("\n" + body).strip("\n") for name, body in zip(parts[1::2], parts[2::2])}
    see = tuple(re.findall(r"\S+://\S+|\S.*\S", sections.get("See", "")))
    return Page(" ".join(title.split()), why.strip(), sections.get("Bad", ""), sections.get("Good", ""), see)


def describe(rule: Rule) -> RuleText:
    """A rule as reports and documentation show it."""
    text = page(rule)
    return RuleText(rule.code, rule.name, rule.severity, rule.profile, rule.since, rule.confidence, text.title,
                    text.why, text.bad, text.good, text.see)


@cache
def discover(package: str) -> tuple[Rule, ...]:
    """One instance of every rule in a package, sorted by code."""
    found: list[Rule] = []
    folder = importlib.import_module(package)
    for module in pkgutil.iter_modules(folder.__path__):
        for thing in vars(importlib.import_module(f"{package}.{module.name}")).values():
            if (inspect.isclass(thing) and issubclass(thing, Rule) and "code" in vars(thing)
                    and thing.__module__ == f"{package}.{module.name}"):
                found.append(thing())
    return tuple(sorted(found, key=lambda rule: rule.code))


def choose(rules: tuple[Some, ...], profile: str, select: list[str], ignore: list[str], *,
           command: str = "val") -> tuple[Some, ...]:
    """The rules of a profile, plus `select`, minus `ignore`, for a command.

    Both take codes, names and beginnings of codes (`DA2`). With `select`, only what is selected is checked, whatever
    the profile. Raises UsageError for a word that names no rule.
    """
    def named(words: list[str]) -> set[str]:
        codes: set[str] = set()
        for word in (part for entry in words for part in re.split(r"[,\s]+", entry) if part):
            hits = {rule.code for rule in rules if word == rule.name or
                    (re.fullmatch(r"[A-Z]{2}\d{1,3}", word) and rule.code.startswith(word))}
            if not hits:
                raise UsageError(f"no rule is called {word!r}", f"run 'dachsadmin {command} --explain ALL' for the list")
            codes |= hits
        return codes

    if profile not in PROFILES:
        raise UsageError(f"no profile is called {profile!r}", f"use one of {', '.join(PROFILES)}")
    wanted = named(select) or {rule.code for rule in rules if PROFILES.index(rule.profile) <= PROFILES.index(profile)}
    return tuple(rule for rule in rules if rule.code in wanted - named(ignore))
