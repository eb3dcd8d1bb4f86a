"""The settings of dachsadmin: which there are, where each value comes from, and whether it makes sense."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dachsadmin.errors import ConfigurationError, UsageError

MAIN_FILE = "/etc/dachsadmin/dachsadmin.yaml"
DROP_INS = "/etc/dachsadmin/conf.d"
PREFIX = "DACHSADMIN_"
NOT_SETTINGS = frozenset({"DACHSADMIN_CONFIG"})
"""Variables with our prefix that are no settings."""


@dataclass(frozen=True)
class Setting:
    """One thing that can be set.

    `name` is section and key (`val.fail_on`); the environment variable is made from it. `kind` is `text`, `secret` (a
    text that is never shown whole), `path` (absolute, or `` for none), `list` (of texts; in the environment divided by
    commas or blanks), `count` (an integer >= 0) or `seconds` (a number > 0). `choices`, if any, are the values (of a
    list: the members) that are allowed.
    """

    name: str
    kind: str
    default: Any
    description: str
    choices: tuple[str, ...] = ()

    @property
    def variable(self) -> str:
        return PREFIX + self.name.upper().replace(".", "_")


SCHEMA = (
    Setting("database.dsn", "secret", "",
            "How to reach the database, as a PostgreSQL connection string. Empty: the profile of DaCHS (feed) is "
            "used."),
    Setting("dachs.interpreter", "path", "/usr/bin/python3",
            "The Python that has DaCHS (the package gavo). Debian's packages install it for /usr/bin/python3."),
    Setting("paths.cache", "path", "",
            "Where verdicts are kept. Empty: /var/cache/dachsadmin for root, else ~/.cache/dachsadmin."),
    Setting("paths.state", "path", "/var/lib/dachsadmin",
            "Where the journal of all changes and the lock are. Private to root."),
    Setting("paths.backup", "path", "/var/backups/dachsadmin",
            "Where copies of files are put before they are changed. Private to root, never removed by a purge."),
    Setting("val.profile", "text", "publish",
            "How much is checked: what keeps DaCHS from working (min), also what users and registries suffer from "
            "(publish), also good manners and advice (strict).", ("min", "publish", "strict")),
    Setting("val.select", "list", [], "Check these rules only, whatever the profile: codes (DA200), beginnings of "
            "codes (DA2) or names."),
    Setting("val.ignore", "list", [], "Leave out these rules: codes (DA200), beginnings of codes (DA2) or names."),
    Setting("val.fail_on", "text", "error", "The least severity of a finding that makes the exit status 1.",
            ("error", "warning", "info", "never")),
    Setting("val.processes", "count", 0, "How many RDs are validated by DaCHS at the same time. 0: one per core."),
    Setting("val.timeout", "seconds", 120, "How many seconds DaCHS may take to validate one RD."),
    Setting("val.memory_mb", "count", 1500, "How many megabytes DaCHS may take to validate one RD. 0: no limit."),
    Setting("probe.timeout", "seconds", 30, "How many seconds a server may take for one answer."),
    Setting("probe.ignore", "list", [], "Leave out these checks of a running server: codes (DP204), beginnings of codes "
            "(DP2) or names."),
    Setting("probe.fail_on", "text", "error", "The least severity of what a check of a running server finds that makes the "
            "exit status 1.", ("error", "warning", "info", "never")),
    Setting("probe.report", "list", ["text"], "The reports of probe that are written, each FORMAT or FORMAT:FILE."),
    Setting("vosi.export_folder", "path", "", "Where 'vosi export' writes documents for a web server, if no folder is named. 'vosi "
            "refresh' brings it up to date, too."),
    Setting("vosi.reload", "text", "", "The service of systemd that is reloaded when an export has other tables than it knows: "
            "nginx."),
    Setting("val.report", "list", ["text"], "The reports that are written, each FORMAT or FORMAT:FILE; the formats are "
            "text, json, sarif, junit, github and gitlab."),
)
_BY_NAME = {setting.name: setting for setting in SCHEMA}
_SECTIONS = tuple(dict.fromkeys(setting.name.partition(".")[0] for setting in SCHEMA))


@dataclass(frozen=True)
class Value:
    """What a setting is, and where that was said: `built-in`, `FILE:LINE`, `DACHSADMIN_...` or `--option`."""

    setting: Setting
    value: Any
    origin: str


class Settings:
    """All values. `settings["val.fail_on"]` is one of them."""

    def __init__(self, values: Mapping[str, Value]) -> None:
        self._values = dict(values)

    def __getitem__(self, name: str) -> Any:
        return self._values[name].value

    def __iter__(self) -> Iterator[Value]:
        return iter(self._values.values())

    def origin(self, name: str) -> str:
        return self._values[name].origin

    def with_flags(self, flags: Mapping[str, tuple[str, Any]]) -> Settings:
        """The same with what the command line says: {name: (option, value)}, where a value None or () says nothing."""
        values = dict(self._values)
        for name, (option, value) in flags.items():
            if value is not None and value != () and value != []:
                value = list(value) if isinstance(value, tuple) else value
                try:
                    values[name] = Value(_BY_NAME[name], _checked(_BY_NAME[name], value, option), option)
                except ConfigurationError as error:
                    raise UsageError(error.message, error.hint) from None
        return Settings(values)

    @property
    def cache_folder(self) -> Path:
        """Where verdicts are kept, absolute."""
        if self["paths.cache"]:
            return Path(self["paths.cache"])
        if os.geteuid() == 0:
            return Path("/var/cache/dachsadmin")
        return Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")) / "dachsadmin"


def load(config: str | None = None, environment: Mapping[str, str] | None = None) -> Settings:
    """The settings from built-in values, MAIN_FILE and *.yaml of DROP_INS in order, and the environment.

    `config` (or $DACHSADMIN_CONFIG) names a file that is read instead of those in /etc; it must exist. Raises
    ConfigurationError for what cannot be read, is no YAML, is not known or has the wrong type.
    """
    environment = os.environ if environment is None else environment
    values = {setting.name: Value(setting, setting.default, "built-in") for setting in SCHEMA}
    named = config or environment.get("DACHSADMIN_CONFIG")
    for file in [named] if named else _default_files():
        values |= _of_file(file, must_exist=bool(named))
    values |= _of_environment(environment)
    return Settings(values)


def _default_files() -> list[str]:
    try:
        names = sorted(name for name in os.listdir(DROP_INS) if name.endswith(".yaml") and not name.startswith("."))
    except FileNotFoundError:
        names = []
    except OSError as error:
        raise ConfigurationError(f"{DROP_INS} cannot be listed: {error.strerror}", f"run 'ls -ld {DROP_INS}'") from None
    return [MAIN_FILE, *(f"{DROP_INS}/{name}" for name in names)]


def _of_file(file: str, *, must_exist: bool) -> dict[str, Value]:
    try:
        text = Path(file).read_text(encoding="utf-8")
    except FileNotFoundError:
        if must_exist:
            raise ConfigurationError(f"the configuration file {file} does not exist", f"run 'ls -l {file}'") from None
        return {}
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(f"{file}:{line}: this is not UTF-8",
                                 f"run 'iconv -f latin1 -t utf-8 {file}'") from None
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read: {error.strerror}",
                                 f"run 'ls -l {file}', or name another file with --config") from None
    return {value.setting.name: value for value in _entries(file, text)}


def _entries(file: str, text: str) -> Iterator[Value]:
    """The values that a file sets, with their lines."""
    import yaml

    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        raise _no_yaml(file, error) from None
    for section, body, _ in _pairs(root, file, "section", _SECTIONS):
        for key, node, line in _pairs(body, file, f"setting {section}", _keys(section)):
            setting = _BY_NAME[f"{section}.{key}"]
            try:
                value = yaml.SafeLoader("").construct_object(node, deep=True)
            except (yaml.YAMLError, ValueError) as error:
                raise _no_yaml(f"{file}:{line}", error) from None
            if value is not None:
                place = f"{file}:{line}"
                yield Value(setting, _checked(setting, value, place), place)


def _no_yaml(place: str, error: Exception) -> ConfigurationError:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    file, _, _ = place.partition(":")
    if mark:
        place = f"{file}:{mark.line + 1}:{mark.column + 1}"
    reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be understood"
    return ConfigurationError(f"{place}: this is no valid YAML: {reason}", f"mend {file} there and run again")


def _pairs(node: Any, file: str, what: str, known: tuple[str, ...]) -> Iterator[tuple[str, Any, int]]:
    """The keys of a YAML mapping with their nodes and lines; each has to be known and there once."""
    import yaml

    if node is None or (isinstance(node, yaml.ScalarNode) and node.tag.endswith(":null")):
        return
    if not isinstance(node, yaml.MappingNode):
        line = node.start_mark.line + 1
        raise ConfigurationError(f"{file}:{line}: there should be a list of 'key: value' lines here",
                                 "run 'dachsadmin config sample' to see the form")
    seen: dict[str, int] = {}
    for key, value in node.value:
        name, line = str(key.value), key.start_mark.line + 1
        full = f"{what.partition(' ')[2]}.{name}".lstrip(".")
        if name not in known:
            raise _unknown(f"{file}:{line}: there is no {what.partition(' ')[0]} {full!r}", full)
        if name in seen:
            raise ConfigurationError(f"{file}:{line}: {full} was set in line {seen[name]} already",
                                     "remove one of the two")
        seen[name] = line
        yield name, value, line


def _keys(section: str) -> tuple[str, ...]:
    return tuple(setting.name.partition(".")[2] for setting in SCHEMA if setting.name.startswith(section + "."))


def _unknown(message: str, name: str) -> ConfigurationError:
    near = difflib.get_close_matches(name, [*_BY_NAME, *_SECTIONS, *(setting.variable for setting in SCHEMA)], 1, 0.6)
    return ConfigurationError(message, f"did you mean {near[0]!r}?" if near else
                              "run 'dachsadmin config show' to see all settings")


def _of_environment(environment: Mapping[str, str]) -> Iterator[tuple[str, Value]]:
    """What DACHSADMIN_... variables say; an empty one says nothing."""
    by_variable = {setting.variable: setting for setting in SCHEMA}
    for variable, text in environment.items():
        if not variable.startswith(PREFIX) or variable in NOT_SETTINGS:
            continue
        setting = by_variable.get(variable)
        if setting is None:
            raise _unknown(f"the environment sets {variable}, and there is no such setting", variable)
        if text:
            yield setting.name, Value(setting, _checked(setting, _from_text(setting, text), variable), variable)


def _from_text(setting: Setting, text: str) -> Any:
    if setting.kind == "list":
        return text.replace(",", " ").split()
    if setting.kind in ("count", "seconds"):
        try:
            return int(text) if setting.kind == "count" else float(text)
        except ValueError:
            return text
    return text


_WANTED = {"text": "a text", "secret": "a text", "path": "an absolute path", "list": "a list of texts",
           "count": "a whole number, 0 or more", "seconds": "a number of seconds, more than 0"}


def _checked(setting: Setting, value: Any, origin: str) -> Any:
    """The value, if it has the right type."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    fits = {"text": isinstance(value, str), "secret": isinstance(value, str),
            "path": isinstance(value, str) and (not value or value.startswith("/")),
            "list": isinstance(value, list) and all(isinstance(item, str) for item in value),
            "count": number and isinstance(value, int) and value >= 0,
            "seconds": number and 0 < value < float("inf")}[setting.kind]
    shown = "that" if setting.kind == "secret" else repr(value)
    if not fits:
        raise ConfigurationError(f"{origin}: {setting.name} has to be {_WANTED[setting.kind]}, not {shown}",
                                 f"set it like {setting.name.partition('.')[2]}: {example(setting)}")
    for item in (value if isinstance(value, list) else [value]) if setting.choices else []:
        if item not in setting.choices:
            raise ConfigurationError(f"{origin}: {setting.name} cannot be {shown}",
                                     f"use {' or '.join(setting.choices)}")
    return value


def example(setting: Setting) -> str:
    """The default as YAML has it."""
    return as_text(setting.default)


def as_text(value: Any) -> str:
    """A value as YAML has it."""
    if isinstance(value, list):
        return f"[{', '.join(value)}]"
    return str(value) if value != "" else '""'


def sample() -> str:
    """A dachsadmin.yaml with every setting, explained and commented out."""
    import textwrap

    lines = ["# Settings of dachsadmin. Everything is optional; what stands here are the built-in values.",
             f"# Files in {DROP_INS} (*.yaml, in the order of their names) go over this one, environment",
             f"# variables ({SCHEMA[0].variable}, ...) over those, options of the command line over all.",
             "# 'dachsadmin config show' tells which value holds and where it comes from."]
    for section in _SECTIONS:
        lines += ["", f"#{section}:"]
        for setting in SCHEMA:
            if setting.name.startswith(section + "."):
                text = setting.description + (f" One of {', '.join(setting.choices)}." if setting.choices else "")
                lines += textwrap.wrap(text, 100, initial_indent="#  # ", subsequent_indent="#  # ")
                lines.append(f"#  {setting.name.partition('.')[2]}: {example(setting)}")
    return "\n".join(lines) + "\n"
