"""Reads what stands in YAML into frozen dataclasses, and refuses whatever does not fit them."""

from __future__ import annotations

import dataclasses
import datetime
import difflib
import re
import types
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, Protocol, TypeVar, Union, get_args, get_origin, get_type_hints, runtime_checkable

from dachsadmin.errors import ConfigurationError

T = TypeVar("T")


@runtime_checkable
class Told(Protocol):
    """A class that knows itself how it is written in YAML."""

    @classmethod
    def told(cls, told: Any, place: str) -> Any: ...


def yaml_of(text: str, file: str) -> Any:
    """What a YAML file says. Raises ConfigurationError for what is no YAML, and for a key that stands there twice."""
    import yaml

    try:
        return yaml.load(text, Loader=_loader())
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        place = f"{file}:{mark.line + 1}" if mark else file
        reason = getattr(error, "problem", None) or "it cannot be understood"
        raise ConfigurationError(f"{place}: this is no valid YAML: {reason}", f"mend {file} there") from None


@cache
def _loader() -> Any:
    import yaml

    safe: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(safe):  # type: ignore[misc]
        """The quick loader where there is one, with an error for keys that are given twice."""

        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            seen: set[str] = set()
            for key, _ in node.value:
                if str(key.value) in seen:
                    raise yaml.constructor.ConstructorError(None, None, f"{key.value!r} is given twice", key.start_mark)
                seen.add(str(key.value))
            return super().construct_mapping(node, deep)

    return Loader


def record(cls: type[T], told: Any, place: str) -> T:
    """A dataclass made of a mapping, each value of its field's type. `place` is where it stands, for errors.

    A lone value will do where several may be given. Raises ConfigurationError.
    """
    known = {field.name: field for field in dataclasses.fields(cls)}
    if not isinstance(told, Mapping):
        raise wrong(place, f"there have to be fields such as '{next(iter(known))}:' here, not {told!r}")
    for key in told:
        if key not in known:
            near = difflib.get_close_matches(str(key), known, 1)
            raise wrong(place, f"there is no field {key!r}", f"did you mean {near[0]!r}?" if near else
                        f"the fields are {', '.join(known)}")
    lacking = [name for name, field in known.items() if name not in told and field.default is dataclasses.MISSING]
    if lacking:
        raise wrong(place, f"the field {lacking[0]!r} is missing")
    types_of = get_type_hints(cls)
    values = {key: value(types_of[key], content, f"{place}, {key}") for key, content in told.items()}
    try:
        return cls(**values)
    except ValueError as error:
        raise wrong(place, str(error)) from None


def value(kind: Any, told: Any, place: str) -> Any:
    """A value of a type: text, number, truth, date, pattern, one of several words, several of a type, or a dataclass."""
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        kind = next(each for each in get_args(kind) if each is not type(None))
        origin = get_origin(kind)
    if origin is tuple:
        several = told if isinstance(told, list) else [told]
        return tuple(value(get_args(kind)[0], each, place if told is not several else f"{place} {_called(each, number)}")
                     for number, each in enumerate(several, 1))
    if origin is Literal:
        if told not in get_args(kind):
            raise wrong(place, f"it cannot be {told!r}", f"use {' or '.join(get_args(kind))}")
        return told
    if kind is re.Pattern or origin is re.Pattern:
        return _pattern(told, place)
    if isinstance(kind, type) and isinstance(kind, Told):
        return kind.told(told, place)
    if dataclasses.is_dataclass(kind):
        return record(kind, told, place)
    return _plain(kind, told, place)


def _called(told: Any, number: int) -> str:
    """How errors name one of several: by its id, where it has one."""
    named = told.get("id") if isinstance(told, Mapping) else None
    return named if isinstance(named, str) else str(number)


def wrong(place: str, what: str, hint: str = "") -> ConfigurationError:
    return ConfigurationError(f"{place}: {what}", hint or f"mend {place.partition(',')[0]}")


def _plain(kind: Any, told: Any, place: str) -> Any:
    names = {str: "a text", int: "a whole number", float: "a number", bool: "true or false", datetime.date: "a date"}
    fits = isinstance(told, (int, float) if kind is float else kind) and (kind is bool or not isinstance(told, bool))
    if not fits or kind is datetime.date and isinstance(told, datetime.datetime):
        raise wrong(place, f"it has to be {names[kind]}, not {told!r}")
    return " ".join(told.split()) if kind is str and "\n" not in told.strip() else told


def _pattern(told: Any, place: str) -> re.Pattern[str]:
    try:
        return re.compile(_plain(str, told, place), re.MULTILINE)
    except re.error as error:
        raise wrong(place, f"{told!r} is no regular expression: {error}") from None
