"""`--explain`: the page of a rule or check, or the list of all of them."""

from __future__ import annotations

import difflib
import re
import textwrap
from collections.abc import Sequence

from dachsadmin.check.rule import Rule, describe
from dachsadmin.errors import UsageError
from dachsadmin.model.run import RuleText

WIDTH = 100


def explain(word: str, rules: Sequence[Rule], *, command: str = "val") -> str:
    """The page of the rule with this code or name; for ALL or the beginning of codes (`DA2`), a line per rule.

    `command` is whose rules they are: those of val have profiles, and can be silenced in an RD.

    Raises UsageError if there is none.
    """
    listed = [describe(rule) for rule in rules if word == "ALL" or
              (re.fullmatch(r"[A-Z]{2}\d{1,2}", word) and rule.code.startswith(word))]
    if listed:
        return table(listed, profiled=command == "val")
    for rule in rules:
        if word in (rule.code, rule.name) or word.upper() == rule.code:
            return page(describe(rule), silenced=command == "val" and rule.stage != "load", profiled=command == "val")
    near = difflib.get_close_matches(word, [name for rule in rules for name in (rule.name, rule.code)], 1)
    raise UsageError(f"no rule is called {word!r}", f"did you mean {near[0]}?" if near else
                     f"run 'dachsadmin {command} --explain ALL' for the list")


def page(text: RuleText, *, silenced: bool = True, profiled: bool = True) -> str:
    """A rule's page as plain text. `silenced`: a comment in an RD can silence it; `profiled`: it is part of a profile."""
    facts = [text.severity.label, *([f"profile {text.profile}"] if profiled else []), f"since {text.since}"]
    if text.confidence.label != "high":
        facts.insert(1, f"{text.confidence.label} confidence")
    parts = [f"{text.code} {text.name}\n{', '.join(facts)}", _filled(text.title), *map(_filled, text.why.split("\n\n"))]
    parts += [f"{title}:\n{textwrap.indent(example, '    ')}"
              for title, example in (("Bad", text.bad), ("Good", text.good)) if example]
    parts += ["See:\n" + textwrap.indent("\n".join(text.see), "    ")] if text.see else []
    if silenced:
        parts.append(f"To silence it in an RD, write above the element concerned:\n"
                     f"    <!-- dachsadmin: ignore {text.code} the reason -->")
    return "\n\n".join(part for part in parts if part) + "\n"


def table(texts: Sequence[RuleText], *, profiled: bool = True) -> str:
    """A line per rule: code, name, severity, profile, title."""
    rows = [("CODE", "NAME", "SEVERITY", *(["PROFILE"] if profiled else []), "WHAT IS RIGHT")]
    rows += [(text.code, text.name, text.severity.label, *([text.profile] if profiled else []), text.title)
             for text in texts]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    return "".join("  ".join([*(cell.ljust(width) for cell, width in zip(row, widths)), row[-1]]).rstrip() + "\n"
                   for row in rows)


def _filled(paragraph: str) -> str:
    """A paragraph wrapped anew; one with indented lines (a list, an example) stays as it is."""
    if any(line.startswith((" ", "-", "*")) for line in paragraph.split("\n")):
        return paragraph
    return textwrap.fill(paragraph, WIDTH, break_long_words=False, break_on_hyphens=False)
