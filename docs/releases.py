"""The page of what each release of DaCHS asks of its operators, made from the release catalogue."""

from __future__ import annotations

from collections.abc import Iterable

from pages import MADE

from dachsadmin.upgrade import catalogue
from dachsadmin.upgrade.catalogue import Action, Release

_ABOUT = """What each release of DaCHS asks of those who run it, newest last. Go through all releases between yours and the one you
come to; `dachsadmin upgrade plan` does, and says what applies to you:

    dachsadmin upgrade plan                          # from the installed version to the newest one
    dachsadmin upgrade plan --from 2.3 --to 2.13     # anywhere
    dachsadmin upgrade plan --from 2.3 --inputs DIR  # for a service tree, on any machine

The actions have names that stay. Who does them: **dachs upgrade** does what is *automatic*; dachsadmin can do what is *assisted*;
what is *by hand* only you can do, and *advice* nobody has to follow. What is *heavy* can take hours with large tables, and may be
done later. `RD` stands for each RD that is concerned.
"""
_BY = {"automatic": "automatic", "assisted": "assisted", "told": "by hand"}


def page() -> str:
    """The page in Markdown."""
    known = catalogue.load()
    return "\n".join([f"{MADE}\n# What releases of DaCHS ask for\n\n{_ABOUT}", *_section("Every upgrade", known.every, ""),
                      *(line for release in known.releases
                        for line in _section(f"DaCHS {release.version}", release.actions, _facts(release)))])


def _facts(release: Release) -> str:
    inferred = " (inferred)" if release.schema_known == "inferred" else ""
    return f"Released on {release.released}. Its database has schema {release.schema}{inferred}.\n"


def _section(title: str, actions: Iterable[Action], facts: str) -> list[str]:
    return [f"## {title}\n", *([facts] if facts else []), *map(_action, actions)]


def _action(action: Action) -> str:
    kind = "advice" if action.advice else _BY[action.mode]
    notes = [kind, *(["heavy"] if action.heavy else []), *(["before the upgrade"] if action.first else [])]
    if action.mode == "assisted":
        notes.append(f"about {action.cost}")
    todo = "".join(f"- {_code(command.line) if command.verb != 'tell' else _text(command.line)}\n" for command in action.do)
    return f"### {action.id}\n\n**{_text(action.title)}** ({', '.join(notes)})\n\n{_text(action.why)}\n\n{todo}\nSource: {_text(action.source)}\n"


def _code(line: str) -> str:
    return f"`{line}`"


def _text(text: str) -> str:
    """Text in which Markdown finds nothing to obey."""
    return "".join(f"\\{char}" if char in "\\`*_<>[]|" else char for char in text)
