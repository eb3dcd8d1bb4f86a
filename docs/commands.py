"""The commands of dachsadmin as plain facts, read from the command objects."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

# What a placeholder in a metavar stands for, as far as a shell can complete it; any other word of `a|b` is literal.
PLACEHOLDERS = {"RD": "rd", "FILE": "file", "DIR": "directory", "DEBS": "directory", "CODE": "rule", "NAME": "rule",
                "CHECK": "check",
                "FORMAT[:FILE]": "format", "VERSION": "", "SUITE": "", "GITREF": "", "SECONDS": "", "N": "", "K/N": "",
                "ID": "", "TEXT": "", "INTEGER": "", "FLOAT": "", "URL": "", "COMMAND": "", "PROGRAM": "file"}
# Commands that anybody may use; those that are about an installation as a whole have their pages in section 8.
FOR_EVERYBODY = frozenset({"val", "start", "probe", "config"})


@dataclass(frozen=True)
class Parameter:
    """An option or argument. `names` is empty for an argument; `metavar` for a flag."""

    names: tuple[str, ...]
    metavar: str
    help: str
    default: str = ""
    required: bool = False
    repeatable: bool = False

    @property
    def takes_value(self) -> bool:
        return bool(self.names and self.metavar)

    @property
    def literals(self) -> tuple[str, ...]:
        """The words that can be written as they are."""
        words = _words(self.metavar)
        return tuple(word for word in words if word not in PLACEHOLDERS) if len(words) > 1 else ()

    @property
    def kinds(self) -> tuple[str, ...]:
        """What else it takes: `rd`, `file`, `directory`, `rule` or `format`."""
        return tuple(dict.fromkeys(kind for word in _words(self.metavar) if (kind := PLACEHOLDERS.get(word, ""))))


@dataclass(frozen=True)
class Command:
    """A command: its words (`dachsadmin`, `val`), what it does at length and in short, and its subcommands."""

    words: tuple[str, ...]
    help: str
    short: str
    parameters: tuple[Parameter, ...] = ()
    commands: tuple[Command, ...] = ()

    @property
    def options(self) -> tuple[Parameter, ...]:
        return tuple(parameter for parameter in self.parameters if parameter.names)

    @property
    def arguments(self) -> tuple[Parameter, ...]:
        return tuple(parameter for parameter in self.parameters if not parameter.names)

    @property
    def page(self) -> str:
        """The name of its man page."""
        return "-".join(self.words)

    @property
    def section(self) -> int:
        return 1 if len(self.words) == 1 or self.words[1] in FOR_EVERYBODY else 8

    def all(self) -> tuple[Command, ...]:
        """This command and all below it."""
        return (self, *(below for command in self.commands for below in command.all()))


def read(command: Any, words: tuple[str, ...] = ("dachsadmin",)) -> Command:
    """The facts of a command object, as `typer.main.get_command` returns it. Hidden ones are left out."""
    below = [read(child, (*words, name)) for name, child in sorted(getattr(command, "commands", {}).items())
             if not getattr(child, "hidden", False)]
    parameters = tuple(_parameter(parameter) for parameter in command.params if not getattr(parameter, "hidden", False))
    text = inspect.cleandoc(command.help or "")
    short = getattr(command, "short_help", None) or " ".join(text.split("\n\n")[0].split())
    return Command(words, text, short.partition(". ")[0].rstrip("."), parameters, tuple(below))


def _parameter(parameter: Any) -> Parameter:
    """Types are not looked at: newer typer tells them differently. So whatever takes a value has to say its metavar."""
    argument = parameter.param_type_name == "argument"
    flag = not argument and bool(getattr(parameter, "is_flag", False) or getattr(parameter, "count", False))
    if not flag and not parameter.metavar:
        raise ValueError(f"{parameter.opts[0]} takes a value, and has no metavar that says which")
    default = parameter.default
    shown = "" if flag or default is None or callable(default) or default in ((), [], "") else str(default)
    names = () if argument else (*parameter.opts, *parameter.secondary_opts)
    text = " ".join((getattr(parameter, "help", None) or "").split())
    return Parameter(names, "" if flag else parameter.metavar, text, shown, bool(parameter.required),
                     bool(getattr(parameter, "multiple", False)) or parameter.nargs == -1)


def _words(metavar: str) -> list[str]:
    if metavar == "FORMAT[:FILE]":
        return [metavar]
    return [word.removesuffix("...") for word in metavar.removesuffix("[:FILE]").strip("[]").split("|")]
